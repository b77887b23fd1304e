"""The two stages as Faust processors, behind a layer that loses nothing."""
