"""Looking at indicator systems, editing them, sharing them out."""
