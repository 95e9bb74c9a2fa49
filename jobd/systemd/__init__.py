"""The service manager: what it is told, its journal, and the units that it runs."""
