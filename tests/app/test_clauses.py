"""Two questions in one: where they part, and what must not be parted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clauses import halves
from corpus.text import to_ascii

DOUBLE = {
    "tr": [
        ("Gümrü Antlaşması'nı kim imzaladı", "yerini hangi antlaşmalar aldı?"),
        ("Moskova Antlaşması ne zaman imzalandı", "Batum kime bırakıldı?"),
        ("Frunze Ankara'ya ne zaman geldi", "hangi antlaşmayı imzaladı?"),
        ("Montrö Sözleşmesi hangi yıl imzalandı", "Boğazlar'ın statüsü nasıl değişti?"),
        ("Bekir Sami Bey Moskova'ya neden gitti", "orada kiminle görüştü?"),
        ("Sovyetler Türkiye'ye ne kadar altın verdi", "bu altın ne zaman geldi?"),
        ("Lenin kime mektup yazdı", "mektupta ne istedi"),
        ("Dostluk ve Tarafsızlık Antlaşması nerede imzalandı", "kaç yıl geçerliydi?"),
        ("Çiçerin neyi kabul etti", "neyi reddetti?"),
    ],
    "en": [
        ("When was the Treaty of Moscow signed", "who signed it for Turkey?"),
        ("Who signed the Treaty of Gümrü", "which treaties took its place?"),
        ("Why did Bekir Sami go to Moscow", "whom did he meet there?"),
        ("How much gold did the Soviets give", "when did it arrive?"),
        ("Where was the Treaty of Friendship and Neutrality signed", "how long was it valid?"),
        ("What did Lenin write to Mustafa Kemal", "how did Ankara answer?"),
        ("In which city was the Treaty of Kars signed", "by whom was it signed?"),
    ],
}
CASES = [(language, *pair) for language, pairs in DOUBLE.items() for pair in pairs]


@pytest.mark.parametrize(("language", "first", "second"), CASES)
@pytest.mark.parametrize("joint", ["and", ", and", ";"])
def test_a_double_question_is_parted_at_its_joint(language, first, second, joint):
    joint = joint.replace("and", "ve") if language == "tr" else joint
    joint = joint if joint[0] in ",;" else f" {joint}"
    assert halves(f"{first}{joint} {second}", language) == (first, second)


@pytest.mark.parametrize(("first", "second"), DOUBLE["tr"])
def test_a_turkish_one_is_parted_at_a_comma_and_without_diacritics_too(first, second):
    assert halves(f"{first}, {second}", "tr") == (first, second)
    folded = to_ascii(f"{first} ve {second}")
    assert halves(folded, "tr") == (to_ascii(first), to_ascii(second))


@pytest.mark.parametrize(
    "question",
    [
        "Ali Fuat ve Yusuf Kemal hangi antlaşmayı imzaladı?",
        "Türkiye ve Sovyet Rusya arasında ne zaman antlaşma imzalandı?",
        "Antlaşma ne zaman ve nerede imzalandı?",
        "Dostluk ve Kardeşlik Antlaşması hangi tarihte imzalandı?",
        "Kars, Ardahan ve Batum kime bırakıldı?",
        "Lenin, Mustafa Kemal'e ne yazdı?",
        "Ankara'ya gelen ve Frunze'yle görüşen heyette kim vardı?",
        "Moskova'ya gidip Lenin ile görüşen Türk heyetinin başında kim vardı?",
        "Sevr Antlaşması imzalandı ve yürürlüğe girmedi, neden?",
        "Kimler Moskova'ya gitti ve döndü?",
        "Bolşevikler ile Türkler arasındaki ilişki ne zaman ve nasıl başladı?",
        "Hangi şehirler ve kasabalar işgal edildi?",
        "1920 ve 1921 yıllarında kaç tüfek gönderildi?",
        "İngiltere ve Fransa Türkiye ile hangi antlaşmayı imzaladı?",
        "Mondros Mütarekesi imzalandıktan sonra Osmanlı ordusu nereden çekildi, Batum'dan mı?",
        "Ne zaman, nerede, kim imzaladı?",
        "Birinci Dünya Savaşı sona erdi ve Rusya çekildi; bunun sonucu ne oldu?",
    ],
)
def test_a_simple_turkish_question_stays_whole(question):
    assert halves(question, "tr") is None
    assert halves(to_ascii(question), "tr") is None


@pytest.mark.parametrize(
    "question",
    [
        "When and where was the treaty signed?",
        "Who were Ali Fuat and Yusuf Kemal?",
        "Which treaty did Turkey and Soviet Russia sign in 1921?",
        "Why did Turkey and the Soviet Union sign the Treaty of Friendship and Neutrality?",
        "What were the causes and consequences of the Armistice of Mudros?",
        "Kars, Ardahan and Batum were left to whom?",
        "Who went to Moscow and met Lenin?",
        "What did Chicherin say about the Straits and the Black Sea?",
        "How and why did relations begin?",
        "In 1920, when the Assembly had opened, who wrote to Lenin?",
        "When the Assembly had opened, who wrote to Lenin?",
        "What did Frunze, who was sent by Moscow, say to the Assembly?",
        "Who met Chicherin, who was the commissar for foreign affairs?",
        "Who took Kars, which had been Russian since 1878?",
        "What did the treaty, and its three protocols, change?",
    ],
)
def test_a_simple_english_question_stays_whole(question):
    assert halves(question, "en") is None


@given(st.text(max_size=60), st.sampled_from(["tr", "en"]), st.sampled_from([" ve ", " and ", ", ", "; "]))
def test_the_halves_stand_in_the_text_with_nothing_but_a_joint_between(text, language, joint):
    question = f"{text}{joint}who was it{joint}ne zaman oldu?"
    if (found := halves(question, language)) is not None:
        first, second = found
        assert question.startswith(first) and question.endswith(second)
        between = question[len(first) : len(question) - len(second)]
        assert set(between) <= set(" ,;veandiseVEANDİSI") or between.isspace()


@given(st.text("abcçdefgğhıijklmnoöprsştuüvyz ,;", max_size=80), st.sampled_from(["tr", "en"]))
def test_a_text_without_two_words_that_ask_stays_whole(text, language):
    asking = "kim ne hangi kac mi nere nasil neden niye nicin who wh how".split()
    if not any(word in to_ascii(text) for word in asking):
        assert halves(text, language) is None
