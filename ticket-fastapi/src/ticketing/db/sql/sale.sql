CASE
        WHEN events.cancelled_at IS NOT NULL THEN 'CANCELLED'
        WHEN events.starts_at <= now() THEN 'STARTED'
        WHEN events.sales_open_at > now() THEN 'SCHEDULED'
        WHEN events.sales_close_at > now() THEN 'ON_SALE'
        ELSE 'SALES_CLOSED'
    END
