"""What surrounds every page: the menu, arriving at a page, an open dialog, and what is shown while a service fails."""
