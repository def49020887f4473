from django.urls import path

from client.edge.bookings import views

urlpatterns = [
    path("bookings", views.BookingsView.as_view()),
    path("bookings/<uuid:booking_id>", views.BookingView.as_view()),
    path("bookings/<uuid:booking_id>/refresh", views.BookingRefreshView.as_view()),
    path("bookings/<uuid:booking_id>/cancel", views.BookingCancelView.as_view()),
    path("bookings/<uuid:booking_id>/ticket", views.BookingTicketView.as_view()),
    path("bookings/<uuid:booking_id>/timeline", views.BookingTimelineView.as_view()),
]
