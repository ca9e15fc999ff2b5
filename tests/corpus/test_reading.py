from __future__ import annotations

import pytest

from corpus.article import Piece, merge_spans

ARTICLES = ("000", "001", "002", "003", "004")


def sentence_with(article, words):
    found = [sentence for sentence in article.sentences if words in sentence.text]
    assert len(found) == 1, (words, [sentence.text for sentence in found])
    return found[0]


@pytest.mark.parametrize("name", ARTICLES)
def test_a_piece_without_a_repair_is_the_raw_text(by_id, name):
    article = by_id[name]
    wrong = [
        piece
        for block in article.blocks
        for piece in block.pieces
        if not piece.kind and piece.text != article.raw[piece.start : piece.end]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ARTICLES)
def test_a_repaired_piece_differs_from_the_raw_text(by_id, name):
    article = by_id[name]
    idle = [
        piece
        for block in article.blocks
        for piece in block.pieces
        if piece.kind and piece.text == article.raw[piece.start : piece.end]
    ]
    assert idle == []


@pytest.mark.parametrize("name", ARTICLES)
def test_a_blocks_text_is_its_pieces_mended_by_hand_from_the_raw_text(by_id, name):
    """The shown text is the raw text of the spans with each repair put into its place."""
    article = by_id[name]
    for block in article.blocks:
        repairs = {(piece.start, piece.end): piece.text for piece in block.pieces if piece.kind}
        shown = ""
        for start, end in block.spans:
            at = start
            for (low, high), text in sorted(repairs.items()):
                if start <= low < end:
                    shown += article.raw[at:low] + text
                    at = high
            shown += article.raw[at:end]
        assert shown == block.text, block.id


@pytest.mark.parametrize("name", ARTICLES)
def test_blocks_stand_in_reading_order(by_id, name):
    """By their first line; what a footnote displaced follows its own beginning."""
    firsts = [block.spans[0][0] for block in by_id[name].blocks]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("name", ARTICLES)
def test_shown_text_has_no_line_break_no_doubled_space_and_no_space_at_its_ends(by_id, name):
    for block in by_id[name].blocks:
        assert block.text == " ".join(block.text.split()), block.id


@pytest.mark.parametrize("name", ARTICLES)
def test_a_block_is_never_empty(by_id, name):
    assert [block.id for block in by_id[name].blocks if not block.text] == []


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("000", ["•", *map(str, range(1, 22))]),
        ("001", [*map(str, range(1, 9)), "*", *map(str, range(9, 41))]),
        ("002", [*map(str, range(1, 6))]),
        ("003", [*map(str, range(1, 12))]),
        # Note 4 has lost its number, and 5 and 6 have no text of their own.
        ("004", ["1", "2", "3", "4?", *map(str, range(7, 27))]),
    ],
)
def test_notes_are_all_found_and_in_their_order(by_id, name, notes):
    assert [block.note for block in by_id[name].blocks if block.kind == "footnote"] == notes


@pytest.mark.parametrize("name", ARTICLES)
def test_only_footnotes_bear_a_notes_number(by_id, name):
    article = by_id[name]
    assert {bool(block.note) for block in article.blocks if block.kind == "footnote"} == {True}
    assert {block.note for block in article.blocks if block.kind != "footnote"} == {""}


@pytest.mark.parametrize(
    ("name", "note", "beginning"),
    [
        ("000", "•", "Bu çalışma Selçuk Üniversitesi"),
        ("000", "10", "Doğu cephesinin kapanması yargısı"),
        ("000", "11", "Mondros Mütarekesi'nin bugünkü"),
        ("001", "8", "Bilge, a.g.e., s. 17."),
        ("001", "*", "Brest-Litovsk Antlaşmasıyla"),
        ("001", "16", "Gotthard Jaeschke"),
        ("001", "31", "Atatürk'ün Milli Dış..."),
        ("002", "2", "Sovyet belgelerine göre"),
        ("003", "10", "1930 ve 1932 yıllarında"),
        ("003", "5", "16 Ekim 1920 görüşmeleri"),
        ("004", "1", "Başbakanlık Cumhuriyet Arşivi"),
        ("004", "4?", "Stefanos Yaresimos"),
        ("004", "24", "Kazım Karabekir, bu konudaki"),
    ],
)
def test_a_note_is_shown_without_its_number(by_id, name, note, beginning):
    block = next(block for block in by_id[name].blocks if block.note == note)
    assert block.text.startswith(beginning)


def test_a_note_with_dates_at_its_line_begins_stays_one_note(by_id):
    note = next(block for block in by_id["002"].blocks if block.note == "2")
    assert "3 Ekim 1921’de Jivoy" in note.text
    assert note.text.endswith("s. 313-314.")


def test_a_note_that_runs_on_at_the_next_page_foot_is_joined(by_id):
    note = next(block for block in by_id["003"].blocks if block.note == "4")
    assert len(note.spans) == 2
    assert "(Çakıcı ve Öksüz, 2020, s. 733-734). Mdivani Mart 1921’de" in note.text


# The words that bear each mark, read off the files as received and mended.
BEARERS = {
    "000": {
        "1": "hızla ilerlemiştir",
        "2": "tetikleyicisi olmuştur",
        "3": "Bu işgaller",
        "4": "çığır açmışlardır",
        "5": "Yusuf Hikmet Bayur'a",
        "6": "heyeti seçilmiştir",
        "7": "(Sürmeli, 2001: 30-39)",
        "8": "edebileceği belirtilmiştir",
        "9": "günü Sovyet Rusya",
        "10": "bir felaket olmuştur",
        "11": "(Akşin, 1992: 51-64)",
        "12": "4 Haziran 1918'de Türkiye",
        "13": "Batum Antlaşması imzalanmıştır",
        "14": "(Sürmeli, 2001: 298-299)",
        "15": "bilgiler vardır",
        "16": "(Özalp, 1971: 74)",
        "17": "(Akşin, 1992: 103-104)",
        "18": "(Kansu, 1997: 83)",
        "19": "(Kansu, 1997: 210-252)",
        "20": "Hacim Muhittin Çarıklı",
        "21": "(Sürmeli, 2001: 527)",
    },
    "001": {
        "1": "tarafından öldürülmesidir",
        "2": "savaşa girdiler",
        "3": "girmesini istemiyorlardı",
        "4": "etmeye başlamasıdır",
        "5": "karşı savaş açtı",
        "6": "sürükleyen nedenlerdi",
        "7": "Türkiye'ye gönderildi",
        "8": "yazılar yazıyorlardı",
        "*": "Brest-Litovsk'ta",
        "9": "diye başlıyordu",
        "10": "beyan ediyorlardı",
        "11": "gerçekleşmiş olacaktı",
        "12": "olduklarını belirtmişlerdi",
        "13": "özgüven vermiştir",
        "14": "başlangıcıdır, diyebiliriz",
        "15": 'üzere toplanacaktır"',
        "16": "yok sayılmıştır",
        "17": "hedef olarak saptamıştır",
        "18": "özetleyerek ezcümle",
        "19": "Hükümet teşkili zaruridir",
        "20": "tanımalarını istemiştir",
        "21": 'azmini" bildirdi',
        "22": "göndermek oluyor",
        "23": "kurulmasına bağlıdır",
        "24": "önerisini getiriyor",
        "25": "(Ek: 1 Osmanlıca Belge)",
        "26": "çalışmalarını desteklerler",
        "27": "trenle hareket edilir",
        "28": "metni aynen şöyledir",
        "29": 'müthiş aleyhimizde!" diyordu',
        "30": "geçici olduğunu belirtiyordu",
        "31": "Mektubun metni aynen şöyledir",
        "32": 'menfaatleri ortaktır." der',
        "33": "gönderilen yazı şudur",
        "34": "buna göre ayarlamaktaydı",
        "35": "Olti'yi işgal etmişlerdi",
        "36": "saldırıları durdurulamamıştı",
        "37": "akdettiği ilk andlaşmaydı",
        "38": "elçiliğine tayin olunmuştur",
        "39": "maddeleri arasına alındı",
        "40": "Kars andlaşması olacaktır",
    },
    "002": {
        "1": "Bu arada İstanbul",
        "2": "teslim edilmiştir.",
        "3": "Mihail Vasilyeviç Frunze’nin",
        "4": "takdir edilmiştir.",
        "5": "temsilcisi S.İ. Aralov,",
    },
    "003": {
        "1": "(Kurat, 1987, s. 419)",
        "2": "(Akçura, 2018, s. XV).",
        "3": "Togan, 2021, s. 385-386).",
        "4": "üzerinde durması ilginçtir",
        "5": "s. 158-173, s. 175-187).",
        "6": "tamamlanmasından sonra imzalandı.",
        "7": "imza altına alarak perçinliyordu.",
        "8": "gruplara destek vermişlerdi.",
        "9": "işbirliği içinde katılmıştı",
        "10": "tartışmalara konu olmuştu.",
        "11": "(Hale, 2003, s. 59-61).",
    },
    "004": {
        "1": "kesilmesine neden oldu.",
        "2": "hattına kadar ilerledi",
        "3": "Kars’ı kurtaran",
        "4": "Gümrü’yü de işgal etti.",
        "5": "Kafkas Seddi projesini",
        "6": "alınmayacak gibi değildi.",
        "7": "bir hayli endişelendirdi.",
        "8": "mecburiyetinde olduklarını söylüyordu.",
        "9": "durumu oldukça zayıftı.",
        "10": "pek genç toplanmış.”",
        "11": "olabileceğini ihsas ettim.”",
        "12": "birleşmemesi olduğunu söyledi.",
        "13": "Ruslar için pek zararlıdır",
        "14": "o kadar endişe etmiyorlar.”",
        "15": "ikinci Türk Heyeti’nin",
        "16": "halkı çok gücendirmişlerdi.",
        "17": "umudunu Türkiye’ye bağlamıştı.",
        "18": "Bolşevikleştirmek için harekete geçti.",
        "19": "gerektiğini tavsiye etmekteydi.",
        "20": "neredeyse anlaşma sağlanıyordu.",
        "21": "Kazım Karabekir’e müjdeliyordu.",
        "22": "sürekli dile getirmekteydi.",
        "23": "gerekli olduğunu savunuyordu.",
        "24": "bir girişim olduğunu gösterdi.",
        "25": "tamamen vazgeçildi ve",
        "26": "hükümetim bunu memnuniyetle görecek.”",
    },
}
MARKS = [(name, note) for name, notes in BEARERS.items() for note in notes]


def test_marks_are_as_many_as_structure_counts(by_id):
    counted = {name: sum(len(block.marks) for block in article.blocks) for name, article in by_id.items()}
    assert counted == {"000": 21, "001": 41, "002": 5, "003": 11, "004": 26}


@pytest.mark.parametrize(("name", "note"), MARKS)
def test_a_mark_stands_behind_the_words_that_bear_it(by_id, name, note):
    found = [(block, mark) for block in by_id[name].blocks for mark in block.marks if mark.note == note]
    assert len(found) == 1
    block, mark = found[0]
    assert block.text[: mark.at].endswith(BEARERS[name][note])


@pytest.mark.parametrize(("name", "note"), MARKS)
def test_a_note_is_linked_to_the_sentence_that_bears_its_mark(by_id, name, note):
    linked = [sentence for sentence in by_id[name].sentences if note in sentence.notes]
    assert len(linked) == 1
    assert BEARERS[name][note] in linked[0].text


@pytest.mark.parametrize(("name", "note"), MARKS)
def test_a_notes_mark_is_not_in_the_shown_text(by_id, name, note):
    """The digits are gone where they stood, and the year or date beside them is whole."""
    block, mark = next(
        (block, mark) for block in by_id[name].blocks for mark in block.marks if mark.note == note
    )
    assert not block.text[mark.at :].startswith(note)


def test_marks_4_5_and_6_of_004_have_no_note_of_their_number(by_id):
    article = by_id["004"]
    noted = {block.note for block in article.blocks if block.kind == "footnote"}
    marked = {note for sentence in article.sentences for note in sentence.notes}
    assert marked - noted == {"4", "5", "6"}
    assert noted - marked == {"4?"}


def test_a_date_behind_a_mark_stays_whole(by_id):
    assert (
        "vazgeçildi ve 16 Mart 1921’de Sovyet Rusya"
        in sentence_with(by_id["004"], "Kafkas hattı sevdasından").text
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Bu arada İstanbul hala padişahlık dönemini yaşamaya devam ediyordu ve İngiliz-Fransız askerlerinin "
        "işgali altındaydı.",
        "A.A.Gromıko, Mihail Vasilyeviç Frunze’nin Türkiye’yi ziyaretini şu şekilde açıklamaktadır:",
        "Mustafa Kemal, Merkez İcra Komitesi Başkanı M. İ. Kalinin ve Merkez Yürütme Kurulu Başkanı "
        "G.İ. Petrovskiy’e telgraf çekmiştir:",
        "RSFSR (Rusya Sovyet Federal Sosyalist Cumhuriyeti) temsilcisi S.İ. Aralov, bu konuda şöyle "
        "demiştir:",
    ],
)
def test_the_displaced_halves_of_002_are_joined_to_their_sentences(by_id, sentence):
    assert sentence_with(by_id["002"], sentence[:20]).text == sentence


def test_the_displaced_halves_of_002_come_before_the_quotation_they_introduce(by_id):
    texts = [block.text for block in by_id["002"].blocks]
    for introduction, quotation in [
        ("şu şekilde açıklamaktadır:", "“M. V. Frunze’nin Türkiye’yi ziyaretinin"),
        ("telgraf çekmiştir:", "“Kızıl Ordu’nun kahraman"),
        ("bu konuda şöyle demiştir:", "“Duyarlı bir kişiliğe"),
    ]:
        at = next(i for i, text in enumerate(texts) if text.endswith(introduction))
        assert texts[at + 1].startswith(quotation)


TORN = [
    ("000", "ayakta kalmaya çalışmıştır"),
    ("000", "Trakya ve Asyadaki yerlerinden"),
    ("000", "taraflar barış antlaşmasının onayının"),
    ("000", "teşkil etmekle kalmıyor"),
    ("000", "Alptekin Müderrisoğlu'nun belirttiği"),
    ("000", "Türklerden Rıza Şemseddin ve Remzi Beyler"),
    ("000", "Birbirine benzeyen durumlarla"),
    ("000", "got a warmer relationship"),
    ("000", "bazı şehirleri işgal etmesini"),
    ("000", "bir itilaf saldırısı olamayacağının farkındaydılar"),
    ("000", "yanında Birinci Dünya Savaşı'na girdiğinde"),
    ("000", "askeri harekatını sürdürdüğünü"),
    ("000", "faaliyetlerin zeminini hazırlandığı"),
    ("001", "Yine bu arada, Kafkasya'daki cephelerde"),
    ("001", "Moskova'ya gidecek heyette bulunan Hariciye Vekili"),
    ("001", "mektupları 3 Haziran 1920 tarihlidir"),
    ("001", "garb emparyalistlerinin kuvvetleri"),
    ("001", "ve Sovyetler Birliği'ni Anadolu'ya"),
    ("001", '"ilhaksız ve tazminatsız sulh'),
    ("001", "Bu önerileri ilke olarak"),
    ("002", "Bu propaganda faaliyeti için Mart 1919’da Komintern"),
    ("002", "Bolşevik ayaklanmaları olmuştur"),
    ("002", "Kemalist Hükümet, Ermenistan ile"),
    ("002", "dostluk ilişkileri kurmak bizim uluslararası yaşamımızda"),
    ("002", "Gelecekte Türkiye’nin diğer"),
    ("002", "Bakü işçileri, Türkiye’nin en çok"),
    ("002", "karşı uluslararası platformlarda"),
    ("002", "Almanya tarafında Rusya’ya karşı"),
    ("002", "kapitalist memleketler de komünist"),
    ("002", "fiili bir zorunluluk da eklenmiştir"),
    ("002", "Türkiye-Sovyet Rusya Dostluk ve Kardeşlik"),
    ("002", "Türk-Sovyet ilişkilerini değerlendirirken"),
    ("003", "1923-1936 yılları arasındaki dönemde"),
    ("003", "“Sovyet Rusya kapitülasyonların egemenlik"),
    ("003", "(Çakıcı, 2023, s. 97)"),
    ("003", "nasyonalizmi ya da tarıma dayalı"),
    ("003", "4 Mart 1915’te Birleşik"),
    ("003", "21 Ekim 1920 tarihli"),
    ("003", "8 Temmuz 1937’de"),
    ("004", "Her ne kadar bu proje, İngiliz siyasi mahfillerinde"),
    ("004", "galebe o tarafta kalacaktır’ demiştir."),
    ("004", "Buhara’da bu hareket çok daha fazlaydı."),
    ("004", "28 Eylül’de başlayan"),
    ("004", "28 Ekim’de başlayan"),
    ("004", "1920’nin aralık ayında"),
]


@pytest.mark.parametrize(("name", "words"), TORN)
def test_a_sentence_torn_by_a_page_foot_or_an_empty_line_is_one(by_id, name, words):
    sentence_with(by_id[name], words)


def test_a_sentence_over_a_page_foot_has_a_raw_span_on_each_page(by_id):
    article = by_id["004"]
    sentence = sentence_with(article, "galebe o tarafta")
    assert [article.page(start) for start, _ in sentence.spans] == [6, 7]


@pytest.mark.parametrize(
    ("line", "halves"),
    [
        (4, ("İmpa", "ratorluğu'nun")),
        (23, ("Saraybos", "na'yı")),
        (153, ("Nerima", "nov'un")),
        (223, ("Mudan", "ya'ya")),
        (322, ("Lazis", "tan")),
        (370, ("ta", "rihlidir")),
        (465, ("tavi", "zin")),
        (567, ("Çiçe", "rin'e")),
        (647, ("And", "laşması")),
        (656, ("Andlaş", "malar")),
        (700, ("tazmi", "natsız")),
    ],
)
def test_a_word_hyphenated_at_a_line_end_is_joined(by_id, line, halves):
    article = by_id["001"]
    start, end = article.line_start(line), article.line_start(line + 1)
    assert article.raw[start:end].rstrip().endswith(f"{halves[0]}-")
    on_line = [s.text for s in article.sentences if any(a < end and b > start for a, b in s.spans)]
    assert any("".join(halves) in text for text in on_line)
    assert not any("-".join(halves) in text for text in on_line)


def test_a_hyphenated_word_with_a_misread_half_is_joined_and_mended(by_id):
    assert "Gümrü Barışı'nın önemi şuradadır" in sentence_with(by_id["001"], "nın önemi şuradadır; ").text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("000", "hükümetinin Brest-Litovsk Antlaşmasına imza"),
        ("000", "için Türk-Sovyet ittifakının"),
        ("000", "bazı istatistikler, Türk-Rus ilişkilerinin"),
        ("001", "arasında Brest-Litovsk'ta ateşkes"),
        ("001", "Rusya'daki Türk-Müslüman arasındaki"),
        ("001", "Şöyle ki; 27-28 Nisan"),
        ("002", "Osmanlı Devleti de Brest-Litovsk Andlaşması’nın"),
        ("002", "1925 yılında imzalanan Türk-Sovyet Dostluk"),
        ("003", "(Ada, 2018, s. 1080-1081; Murgul"),
        ("003", "1920-1921 yıllarında ağır ekonomik"),
        ("003", "kabul edilen Türk-Rus hududundan"),
    ],
)
def test_a_words_own_hyphen_stays_at_a_line_end(by_id, name, words):
    assert any(words in sentence.text for sentence in by_id[name].sentences)


def test_all_three_countries_keep_their_hyphens(by_id):
    bekir_sami = sentence_with(by_id["002"], "olumlu tepkisini açıklamıştı")
    assert "Ermenistan-İran-Türkiye arasında" in bekir_sami.text


@pytest.mark.parametrize("name", ARTICLES)
def test_a_sentence_is_its_blocks_text_between_its_offsets(by_id, name):
    article = by_id[name]
    for sentence in article.sentences:
        block = article.block_by_id[sentence.block]
        assert sentence.text == block.text[sentence.start : sentence.end]
        assert sentence.spans == block.raw_spans(sentence.start, sentence.end)


@pytest.mark.parametrize("name", ARTICLES)
def test_ids_are_unique_and_begin_with_the_articles(by_id, name):
    article = by_id[name]
    ids = [x.id for x in (*article.blocks, *article.sentences, *article.passages)]
    assert len(ids) == len(set(ids))
    assert {i[:3] for i in ids} == {name}


def test_lines_are_those_a_reader_would_look_up(by_id):
    article = by_id["002"]
    sentence = sentence_with(article, "Bu arada İstanbul hala")
    assert article.lines(sentence.spans) == (225, 238)
    assert article.page(sentence.spans[0][0]) == 5


def test_a_supplied_title_is_shown_in_brackets(by_id):
    assert by_id["001"].shown_title == "[Sovyetler Birliği ile T.B.M.M. arasında kurulan ilk yazışmalar]"
    assert by_id["003"].shown_title == "İKİ DÜNYA SAVAŞI ARASINDA TÜRK-SOVYET İLİŞKİLERİ"


def test_spans_that_touch_are_merged_in_their_order_and_empty_ones_vanish():
    assert merge_spans([(5, 7), (7, 9), (9, 9), (1, 2), (2, 2), (3, 4)]) == ((5, 9), (1, 2), (3, 4))


def test_a_piece_that_only_removes_has_no_text(by_id):
    removing = [piece for block in by_id["001"].blocks for piece in block.pieces if not piece.text]
    assert removing
    assert all(isinstance(piece, Piece) and piece.kind and piece.end > piece.start for piece in removing)
