"""A slider over pictures for notebooks, with a play button; outside a running notebook it shows nothing."""

import io
from collections.abc import Callable, Iterable

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.plotting import tile
from course_utils.runtime import in_notebook

NO_FRONT_END = (
    "A slider stands here when the notebook is live. The figure above holds the same pictures."
)


def slider(
    draw: Callable[[float], Tensor | np.ndarray | Axes],
    values: Iterable[float],
    label: str,
    *,
    num_columns: int | None = None,
    zoom: int = 3,
    form: str = "+.2f",
    play: bool = False,
) -> None:
    """Show the picture that belongs to a value, with a slider to choose the value.

    Every picture is made before the slider appears, so that moving it needs no computation. It needs a
    notebook's kernel: in a terminal or a plain program nothing is drawn. A saved notebook shows one
    sentence in its place.

    Args:
        draw: Maps a value to images of shape (n, 784), with pixels in [0, 1], or to axes of a new figure.
        values: The values in the order of the slider; it starts in the middle, with `play` at the first.
        label: What the values are, written beside the slider.
        num_columns: Images per row; all in one row when None.
        zoom: Screen pixels per pixel of an image.
        form: Format of the values beside the slider.
        play: Show a button that runs through all values, and can be paused.
    """
    if not in_notebook():
        return
    try:
        import ipywidgets
    except ImportError:
        print("The slider needs ipywidgets: pip install ipywidgets")
        return
    from IPython.display import display

    values = [float(value) for value in values]
    pictures = [_png(draw(value), num_columns, zoom) for value in values]
    start = 0 if play else len(values) // 2
    # In its own size: a box of widgets stretches what it holds to the width of the cell.
    size = ipywidgets.Layout(align_self="flex-start", max_width="100%")
    image = ipywidgets.Image(value=pictures[start], format="png", layout=size)
    control = ipywidgets.SelectionSlider(
        options=[(f"{value:{form}}", index) for index, value in enumerate(values)],
        value=start,
        description=label,
        style={"description_width": "initial"},
        layout=ipywidgets.Layout(width="480px"),
    )

    def show_chosen(change: dict) -> None:
        """Show the picture of the value that the slider was moved to."""
        image.value = pictures[change["new"]]

    control.observe(show_chosen, names="value")
    parts = [control, image]
    if play:
        button = ipywidgets.Play(max=len(values) - 1, interval=800)
        ipywidgets.jslink((button, "value"), (control, "index"))
        parts.insert(0, button)
    box = ipywidgets.VBox(parts)
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    # Where the widget cannot be shown, this sentence is shown instead of the code that makes the widget.
    bundle = {"application/vnd.jupyter.widget-view+json": view, "text/plain": NO_FRONT_END}
    display(bundle, raw=True)


def _png(drawn: Tensor | np.ndarray | Axes, num_columns: int | None, zoom: int) -> bytes:
    """Return a figure, or images side by side, as a PNG file, dark ink on white."""
    file = io.BytesIO()
    if isinstance(drawn, Axes):
        canvas = drawn.figure.canvas
        canvas.print_figure(file, format="png", dpi=80)
        plt.close(canvas.figure)  # else the notebook shows it a second time
        return file.getvalue()
    grid = tile(drawn, num_columns or len(drawn))
    pixels = grid.repeat(zoom, axis=0).repeat(zoom, axis=1)
    matplotlib.image.imsave(file, pixels, cmap="gray_r", vmin=0, vmax=1, format="png")
    return file.getvalue()
