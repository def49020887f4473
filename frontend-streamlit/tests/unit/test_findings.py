"""Which services answer, from probes and from the calls of pages."""

import pytest

from frontend.api.errors import Party, Trouble
from frontend.api.findings import DOWN_AFTER, NOTICED_SECONDS, Findings
from frontend.wording.outages import OUTAGES, outage_text


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_all_is_well_at_first_and_the_banner_says_nothing() -> None:
    findings = Findings()
    assert findings.current_outage() is None
    assert outage_text(findings.current_outage()) == ""
    assert not any(findings.is_down(party) for party in Party)


def test_one_probe_without_an_answer_is_said_but_the_pages_still_ask() -> None:
    findings = Findings()
    findings.record_probe(Party.CLIENT, Trouble.SLOW)
    assert findings.current_outage() == (Party.CLIENT, Trouble.SLOW)
    assert not findings.is_down(Party.CLIENT)


def test_nobody_asks_in_vain_after_several_probes_without_an_answer() -> None:
    findings = Findings()
    for _ in range(DOWN_AFTER):
        findings.record_probe(Party.TICKET, Trouble.SLOW)
    assert findings.is_down(Party.TICKET)
    assert not findings.is_down(Party.CLIENT)
    findings.record_probe(Party.TICKET, None)
    assert not findings.is_down(Party.TICKET)
    assert findings.current_outage() is None


def test_without_the_client_service_the_ticket_service_cannot_be_asked_and_is_not_blamed() -> None:
    findings = Findings()
    for _ in range(DOWN_AFTER):
        findings.record_probe(Party.TICKET, Trouble.SLOW)
        findings.record_probe(Party.CLIENT, Trouble.UNREACHABLE)
    assert findings.is_down(Party.TICKET)
    assert findings.current_outage() == (Party.CLIENT, Trouble.UNREACHABLE)


def test_a_call_of_a_page_that_got_no_answer_counts_for_some_seconds() -> None:
    clock = Clock()
    findings = Findings(clock)
    findings.record_no_answer(Party.TICKET, Trouble.SLOW)
    assert findings.current_outage() == (Party.TICKET, Trouble.SLOW)
    assert not findings.is_down(Party.TICKET)
    clock.now += NOTICED_SECONDS
    assert findings.current_outage() is None


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_of_everybody_has_its_sentence(party: Party, trouble: Trouble) -> None:
    named = {Party.CLIENT: "booking service", Party.TICKET: "ticket system"}
    assert named[party] in OUTAGES[party, trouble]
    assert "goes on by itself" in outage_text((party, trouble))
