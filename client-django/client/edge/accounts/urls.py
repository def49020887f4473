from django.urls import path

from client.edge.accounts import views

urlpatterns = [
    path("auth/register", views.RegisterView.as_view()),
    path("auth/token", views.TokenView.as_view()),
    path("auth/token/refresh", views.TokenRefreshView.as_view()),
    path("users/me", views.MeView.as_view()),
    path("users", views.UsersView.as_view()),
    path("users/<uuid:user_id>", views.UserView.as_view()),
]
