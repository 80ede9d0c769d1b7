"""The operator's own roads and waters under the map: read from a file, cut into tiles, taken away again."""
