"""The counts for /metrics: what was counted is read back by Prometheus' own parser."""

from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from app.answer import Answer, Claim
from app.counters import CONTENT_TYPE, Counters
from app.verify import Dropped, DropReason

BOUNDS = ["0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "+Inf"]


def answer(status="answered", language="tr", **timings):
    return Answer(id="1", question="Ne?", language=language, status=status, text="Bu.", timings_ms=timings)


def dropped(why):
    return Dropped(Claim(text="Bu.", citations=[1], support="verbatim", score=1.0), why)


def values(counters):
    """The values of the samples by name and label values, the labels by their names."""
    families = text_string_to_metric_families(counters.text().decode("utf-8"))
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_everything_stands_at_zero_from_the_start():
    found = values(Counters("abc"))
    for status in ("answered", "declined"):
        for language in ("tr", "en"):
            assert found["answers_total", language, status] == 0
    reasons = {key[1] for key in found if key[0] == "claims_dropped_total"}
    assert reasons == set(get_args(DropReason))
    assert all(value == 0 for key, value in found.items() if key[0] == "claims_dropped_total")
    assert found["questions_seconds_count",] == 0


def test_answers_are_counted_by_status_and_language():
    counters = Counters()
    for status, language in [("answered", "tr"), ("answered", "tr"), ("declined", "en")]:
        counters.count_answer(answer(status, language))
    found = values(counters)
    assert found["answers_total", "tr", "answered"] == 2
    assert found["answers_total", "en", "declined"] == 1
    assert found["answers_total", "en", "answered"] == found["answers_total", "tr", "declined"] == 0


def test_dropped_claims_are_counted_by_reason():
    counters = Counters()
    counters.count_dropped([dropped("unreal span"), dropped("unsupported date"), dropped("unreal span")])
    counters.count_dropped([])
    found = values(counters)
    assert found["claims_dropped_total", "unreal span"] == 2
    assert found["claims_dropped_total", "unsupported date"] == 1
    assert sum(value for key, value in found.items() if key[0] == "claims_dropped_total") == 3


def test_times_are_seconds_in_buckets_from_a_hundredth_to_two_and_a_half():
    counters = Counters()
    for milliseconds in (5.0, 30.0, 3000.0):
        counters.count_answer(answer(total=milliseconds))
    found = values(counters)
    assert [key[1] for key in found if key[0] == "questions_seconds_bucket"] == BOUNDS
    assert [found["questions_seconds_bucket", bound] for bound in BOUNDS] == [1, 1, 2, 2, 2, 2, 2, 2, 3]
    assert found["questions_seconds_count",] == 3
    assert found["questions_seconds_sum",] == pytest.approx(3.035)


def test_an_answer_without_a_time_is_counted_without_one():
    counters = Counters()
    counters.count_answer(answer())
    found = values(counters)
    assert found["answers_total", "tr", "answered"] == 1
    assert found["questions_seconds_count",] == 0


def test_the_generation_in_use_is_named_alone():
    counters = Counters("abc")
    assert values(counters)["generation_info", "abc"] == 1
    counters.set_generation("def")
    assert [key for key in values(counters) if key[0] == "generation_info"] == [("generation_info", "def")]


def test_two_counters_do_not_count_together_nor_in_the_registry_of_the_process():
    one, other = Counters(), Counters()
    one.count_answer(answer())
    assert values(other)["answers_total", "tr", "answered"] == 0
    assert REGISTRY.get_sample_value("answers_total", {"status": "answered", "language": "tr"}) is None


def test_no_count_is_lost_between_threads():
    counters = Counters()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counters.count_answer(answer(total=1.0)), range(400)))
    found = values(counters)
    assert found["answers_total", "tr", "answered"] == found["questions_seconds_count",] == 400


def test_the_text_is_what_its_content_type_says():
    assert CONTENT_TYPE.startswith("text/plain; version=")
    assert "charset=utf-8" in CONTENT_TYPE
    lines = Counters().text().decode("utf-8").splitlines()
    assert "# TYPE answers_total counter" in lines
    assert "# TYPE questions_seconds histogram" in lines
