-- The seats of an event for its map: one row for each row of seats.
--
--  $1 event id
--
-- `states` has one character for each seat, in the order of the numbers: `o` OPEN, `g` ON_GOING, `b` BOOKED. In an ordinary row the numbers are
-- consecutive from `first` and all prices are `price`; of any other row, `numbers` and `prices` have those of each seat. Reading and sending these
-- for 50,000 seats of ordinary rows would take a third of the time. The rows are in the order of `GET /events/{id}/seats`: B comes before AA, and 9
-- before 10.
--
-- The unique index of (event_id, section, row, number) has the seats in the order in which they are grouped and aggregated, so that nothing is
-- sorted but the finished rows. Sorting 50,000 seats by their texts takes three times as long as all the rest. PostgreSQL chooses the sort
-- nevertheless while few events share the table; so `read_rows` turns sorts of the whole, scans of the whole table, and parallel workers off for
-- the transaction.
WITH rows_of_seats AS MATERIALIZED (
    SELECT seats.section, seats.row, min(seats.number) AS first, min(seats.price) AS price,
        max(seats.number) - min(seats.number) + 1 = count(*) AND min(seats.price) = max(seats.price) AS is_ordinary,
        string_agg(CASE seats.status WHEN 'OPEN' THEN 'o' WHEN 'ON_GOING' THEN 'g' WHEN 'BOOKED' THEN 'b' END, '' ORDER BY seats.number) AS states
    FROM seats
    WHERE seats.event_id = $1
    GROUP BY seats.section, seats.row
)
SELECT found.section, found.row, found.first, found.price, found.states,
    CASE WHEN NOT found.is_ordinary THEN (
        SELECT array_agg(seats.number ORDER BY seats.number) FROM seats
        WHERE seats.event_id = $1 AND seats.section = found.section AND seats.row = found.row
    ) END AS numbers,
    CASE WHEN NOT found.is_ordinary THEN (
        SELECT array_agg(seats.price ORDER BY seats.number) FROM seats
        WHERE seats.event_id = $1 AND seats.section = found.section AND seats.row = found.row
    ) END AS prices
FROM rows_of_seats AS found
ORDER BY found.section, length(found.row), found.row
