from client.edge.throttles import parse_rate


def test_rates_are_read() -> None:
    assert [parse_rate(rate) for rate in ("3/s", "10/min", "5/hour", "1/d")] == [
        (3, 1),
        (10, 60),
        (5, 3600),
        (1, 86400),
    ]
