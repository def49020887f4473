-- Takes all requested seats for a new booking, or none (docs/booking.md, step 2). One statement, one transaction, one round trip.
--
--  $1 booking id       $4 customer id      $7 return URL       $10 request id
--  $2 event id         $5 customer name    $8 request hash     $11 seconds until its next step is due
--  $3 seat ids (uuid[], no duplicates)     $6 customer e-mail  $9 actor
--  $12 key of the buyer's address, or null     $13, $14 most unpaid seats of the buyer at the event, and of the address; 0 is no limit
--
-- Returns one row per seat. Changes nothing if a seat is not OPEN, the event is not on sale, the booking id exists or the buyer would have too
-- many seats to pay for. Then it returns one row without a booking. If the only reason is that seats are taken, `taken` has their ids; otherwise
-- further statements find the reason.
--
-- Who comes too late for a seat is the most frequent caller of a contested sale. Such a request sees in `seen` that a seat is taken, takes no lock
-- and writes nothing, so there is nothing to flush at its commit. `seen` decides nothing else: who finds all seats OPEN there goes on to the locks.
--
-- The placeholder in braces is replaced by the rule of a sale (sale.sql) when the file is read.
--
-- Locks, in this order (docs/locking.md): the organizer, shared, so that its address does not change for a hold in progress; the event, shared, so that a cancellation of the event waits for holds in progress, and later holds
-- see the cancellation; then, inside `may_take_unpaid_seats`, the buyer at this event and the address, so that bookings of one buyer count each
-- other; then the seats in the order of their ids, so that two holds of overlapping seats cannot deadlock.
-- If another transaction is taking a seat, this statement waits for its commit, reads the seat again, and finds it no longer OPEN.
WITH seen AS MATERIALIZED (
    SELECT seats.id, seats.status FROM seats WHERE seats.id = ANY ($3) AND seats.event_id = $2
),
sale AS (
    SELECT events.id, events.name, events.venue, events.time_zone, events.starts_at, events.currency,
        organizers.slug AS organizer_slug, organizers.base_url, organizers.api_key, organizers.previous_api_key
    FROM events JOIN organizers ON organizers.id = events.organizer_id
    WHERE events.id = $2 AND {sale} = 'ON_SALE' AND NOT EXISTS (SELECT FROM seen WHERE seen.status <> 'OPEN')
    FOR KEY SHARE OF organizers FOR KEY SHARE OF events
),
allowed AS (
    SELECT sale.id FROM sale
    WHERE ($13::int = 0 AND ($14::int = 0 OR $12::text IS NULL))
        OR may_take_unpaid_seats($4, sale.id, $12, cardinality($3::uuid[]), $13, $14)
),
wanted AS (
    SELECT seats.id, seats.section, seats.row, seats.number, seats.price
    FROM seats
    WHERE seats.id = ANY ($3) AND seats.event_id = (SELECT allowed.id FROM allowed) AND seats.status = 'OPEN'
    ORDER BY seats.id
    FOR NO KEY UPDATE
),
complete AS (
    SELECT sum(wanted.price)::bigint AS amount FROM wanted HAVING count(*) = cardinality($3)
),
booking AS (
    INSERT INTO bookings (id, event_id, customer_id, customer_name, customer_email, origin, status, amount, currency, return_url, request_hash, buyer_address,
        next_step_at)
    SELECT $1, sale.id, $4, $5, $6, 'DIRECT', 'HOLDING', complete.amount, sale.currency, $7, $8, $12, now() + make_interval(secs => $11)
    FROM sale, complete
    ON CONFLICT (id) DO NOTHING
    RETURNING id, version, amount, created_at, updated_at, next_step_at
),
taken AS (
    UPDATE seats SET status = 'ON_GOING', booking_id = booking.id, updated_at = now()
    FROM booking, wanted
    WHERE seats.id = wanted.id AND seats.status = 'OPEN'
),
named AS (
    INSERT INTO booking_seats (booking_id, seat_id, section, row, number, price)
    SELECT booking.id, wanted.id, wanted.section, wanted.row, wanted.number, wanted.price FROM booking, wanted
),
audited AS (
    INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, seat_action, from_status, to_status, request_id)
    SELECT 'booking', booking.id, booking.id, $9, 'HOLD', 'TAKE', NULL, 'HOLDING', $10 FROM booking
)
SELECT
    booking.version, booking.amount, booking.created_at, booking.updated_at, booking.next_step_at,
    sale.name, sale.venue, sale.time_zone, sale.starts_at, sale.currency,
    sale.organizer_slug, sale.base_url, sale.api_key, sale.previous_api_key,
    wanted.id AS seat_id, wanted.section, wanted.row, wanted.number, wanted.price,
    CASE WHEN booking.id IS NULL THEN (
        SELECT array_agg(seen.id) FILTER (WHERE seen.status <> 'OPEN') FROM seen
        HAVING cardinality($3) = count(*)
            AND EXISTS (SELECT FROM events WHERE events.id = $2 AND {sale} = 'ON_SALE')
            AND NOT EXISTS (SELECT FROM bookings WHERE bookings.id = $1)
    ) END AS taken
FROM (SELECT) AS request LEFT JOIN (booking CROSS JOIN sale CROSS JOIN wanted) ON true
ORDER BY wanted.section, wanted.row, wanted.number
