"""灾情报送联络员: who reports disasters for each place, published for everybody to see and to correct."""
