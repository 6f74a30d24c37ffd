"""Front door: the terminal. Commands by whom they serve; they hold no rule."""
