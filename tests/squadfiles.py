"""Small files in the format of SQuAD, written on the spot."""

from __future__ import annotations

import json
from pathlib import Path

BEES = "Bal arıları kovanda yaşar. Bir kovanda tek bir kraliçe arı bulunur. Kraliçe arı kışın yumurtlamaz."
DOME = "Ayasofya 537 yılında İstanbul'da açıldı. Yapının mimarları Anthemius ile İsidoros'tur."
HELD_OUT = "Süleymaniye 1557 yılında açıldı. Mimarı Sinan'dır."
NILE = "The Nile flows north. It is the longest river of Africa. Cairo lies on its banks."
PETRA = "Petra lies in Jordan. It was carved into rock. It is a “rose” city."


def squad(paragraph: str, *questions: tuple[str, str]) -> dict[str, object]:
    asked = [
        {
            "id": f"{question}",
            "question": question,
            "is_impossible": not answer,
            "answers": [{"text": answer, "answer_start": paragraph.index(answer)}] if answer else [],
        }
        for question, answer in questions
    ]
    return {"context": paragraph, "qas": asked}


def write(path: Path, *paragraphs: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"data": [{"title": "", "paragraphs": list(paragraphs)}]}
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
