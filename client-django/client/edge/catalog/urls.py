from django.urls import path

from client.edge.catalog import views
from client.edge.catalog.seat_map_changes import SeatMapChangesView

urlpatterns = [
    path("events", views.EventsView.as_view()),
    path("events/<uuid:event_id>", views.EventView.as_view()),
    path("events/<uuid:event_id>/seats", views.SeatsView.as_view()),
    path("events/<uuid:event_id>/seat-map", views.SeatMapView.as_view()),
    path("events/<uuid:event_id>/best-seats", views.BestSeatsView.as_view()),
    path("events/<uuid:event_id>/seat-map/changes", SeatMapChangesView.as_view()),
    path("events/<uuid:event_id>/seats/<uuid:seat_id>", views.SeatView.as_view()),
    path("events/<uuid:event_id>/close-sales", views.EventCloseSalesView.as_view()),
    path("events/<uuid:event_id>/cancel", views.EventCancelView.as_view()),
    path("events/<uuid:event_id>/waitlist", views.EventWaitlistView.as_view()),
    path("events/<uuid:event_id>/operations", views.EventOperationsView.as_view()),
    path("organizers", views.OrganizersView.as_view()),
    path("organizers/<slug:reference>", views.OrganizerView.as_view()),
]
