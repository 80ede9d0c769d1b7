"""值班抽查: the duty of lower levels is looked into by call, visit or video, and what was found is put right."""
