"""水库、河岸险情处置技术操作指南与人员转移预案: what the registry knows of a water work, put together with the technical guide."""
