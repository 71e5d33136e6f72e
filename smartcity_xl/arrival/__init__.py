"""What arrives -> parcels: folders, mails, archives."""
