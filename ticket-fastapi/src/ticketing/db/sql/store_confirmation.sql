-- Changes a booking from HOLDING to AWAITING_PAYMENT, once the organizer holds the seats and the invoice exists (docs/booking.md, step 5), and adds
-- the webhook event, which is due at once. One statement, one transaction, one round trip.
--
--  $1 booking id       $4 hold deadline    $7 request id       $10 webhook data (jsonb)
--  $2 invoice number   $5 next step due    $8 traceparent
--  $3 payment URL      $6 actor            $9 webhook id
--
-- Returns one row. Returns no row, and changes nothing, if the booking is no longer HOLDING.
--
-- Locks (docs/locking.md): the booking alone. The seats stay ON_GOING and name the booking.
WITH confirmed AS (
    UPDATE bookings
    SET status = 'AWAITING_PAYMENT', version = version + 1, invoice_number = $2, payment_url = $3, hold_expires_at = $4, next_step_at = $5,
        updated_at = now()
    WHERE id = $1 AND status = 'HOLDING'
    RETURNING id, version, updated_at
),
audited AS (
    INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, from_status, to_status, request_id)
    SELECT 'booking', confirmed.id, confirmed.id, $6, 'CONFIRM', 'HOLDING', 'AWAITING_PAYMENT', $7 FROM confirmed
),
published AS (
    -- Only this statement knows the version and the time; they are added to the data in its format.
    INSERT INTO webhook_deliveries (id, type, subject_id, subject_version, data, request_id, traceparent)
    SELECT $9, 'booking.updated', confirmed.id, confirmed.version,
        $10::jsonb || jsonb_build_object(
            'version', confirmed.version,
            'updated_at', to_char(confirmed.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ),
        $7, $8
    FROM confirmed
)
SELECT confirmed.version, confirmed.updated_at FROM confirmed
