"""What an error of Python, PyTorch or NumPy means, for somebody who meets it for the first time."""

from __future__ import annotations

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """What errors of one kind mean.

    Attributes:
        id: Name of the kind.
        seen: Patterns, of which one is found in the text of the error.
        text: What it means and what to do.
    """

    id: str
    seen: tuple[str, ...]
    text: str


ARGUMENT_CHANGED = "the function changes one of its arguments"  # what hidden tests say
SAME_TYPE = "Give what you make the type of the arguments: `dtype=x.dtype`, `torch.randn_like(x)`."

# The first that fits counts, so what is special comes first.
MEANINGS: tuple[Meaning, ...] = (
    # What the learner wrote
    Meaning(
        "own-refusal",
        (
            r"of the cell: `raise ",
            r"line \d+, `raise ",
        ),
        "Your own `raise` stopped here: is its condition true for arguments that the docstring allows?",
    ),
    # What hidden tests say
    Meaning(
        "argument-changed",
        (f"^{ARGUMENT_CHANGED}",),
        "`+=`, `x[...] =` and methods whose name ends in `_` write into the tensor of the caller: compute "
        "a new one instead.",
    ),
    Meaning(
        "other-dtype",
        (r"should (?:have dtype|have the dtype of|be float|be torch\.float).{1,60}, got",),
        SAME_TYPE,
    ),
    # Shapes
    Meaning(
        "cat-sizes",
        (r"Sizes of tensors must match except in dimension",),
        "`torch.cat` joins tensors along one axis, and their other sizes must be equal. Is `dim` right? "
        "`dim=-1` makes rows longer, `dim=0` adds rows.",
    ),
    Meaning(
        "cat-axes",
        (r"Tensors must have same number of dimensions",),
        "One of the joined tensors has more axes than the other: print both shapes.",
    ),
    Meaning(
        "stack-sizes",
        (r"stack expects each tensor to be equal size",),
        "`torch.stack` wants tensors of one shape: print their shapes. `torch.cat` joins tensors of "
        "different lengths.",
    ),
    Meaning(
        "matrix-sizes",
        (
            r"shapes cannot be multiplied",
            r"mat1 and mat2 shapes",
            r"size mismatch, got",
            r"inconsistent tensor size",
            r"matmul: Input operand",
            r"shapes \(.{1,40}\) and \(.{1,40}\) not aligned",
            r"Expected size for first two dimensions of batch",
        ),
        "In a product or a linear layer, the rows of the first must be as long as the second expects: "
        "print both shapes. Is one transposed, or made for another size?",
    ),
    Meaning(
        "broadcast",
        (
            r"must match the size of tensor b",
            r"doesn't match the broadcast shape",
            r"could not be broadcast",
            r"The expanded size of the tensor",
            r"shape mismatch",
            r"not broadcastable",
        ),
        "Two tensors meet whose shapes do not fit: compared from the last axis, their sizes must be equal "
        "or 1. Print both shapes. `[:, None]` turns a row into a column, and a size written as a number "
        "may have to come from the arguments.",
    ),
    Meaning(
        "target-size",
        (
            r"Target size .{1,60} must be the same as input size",
            r"Using a target size",
        ),
        "The loss compares two tensors that must have the same shape: print both shapes.",
    ),
    Meaning(
        "reshape-size",
        (
            r"shape '.{1,60}' is invalid for input of size",
            r"cannot reshape array of size",
        ),
        "`view` and `reshape` keep the number of values: the new shape asks for more or fewer than there "
        "are.",
    ),
    Meaning(
        "view-stride",
        (r"view size is not compatible with input tensor's size and stride",),
        "`view` cannot show these values in another shape without copying them: use `reshape`.",
    ),
    Meaning(
        "no-such-axis",
        (
            r"Dimension out of range",
            r"axis -?\d+ is out of bounds",
            r"dimension specified as -?\d+ but tensor has no dimensions",
        ),
        "The tensor has fewer axes than `dim` asks for. A vector has one axis, 0, which is also -1: print "
        "the shape.",
    ),
    Meaning(
        "too-many-indices",
        (
            r"[Tt]oo many indices for (?:tensor|array)",
            r"invalid index of a 0-dim tensor",
        ),
        "The tensor has fewer axes than the brackets name: print its shape.",
    ),
    Meaning(
        "no-such-index",
        (
            r"index -?\d+ is out of bounds",
            r"index out of range",
            r"out of bounds for dimension",
        ),
        "The index is outside of what is there: indices count from 0, and in brackets the first is the "
        "row, the second the column.",
    ),
    # Types
    Meaning(
        "number-for-tensor",
        (
            r"must be Tensor, not (?:float|int)\b",
            r"'(?:float|int)' object has no attribute",
        ),
        "This is a plain Python number, and PyTorch wants a tensor. Use `math.log`, `math.sqrt` and so on "
        "for numbers, or `torch.tensor(...)`.",
    ),
    Meaning(
        "array-for-tensor",
        (
            r"must be Tensor, not numpy",
            r"'numpy\.\w{1,20}' object has no attribute",
        ),
        "This is a NumPy array or number, which lacks PyTorch's methods. `torch.as_tensor` takes arrays and "
        "tensors.",
    ),
    Meaning(
        "list-for-tensor",
        (
            r"must be (?:a )?Tensor, not (?:list|tuple)",
            r"'(?:list|tuple)' object has no attribute",
            r"can't multiply sequence by non-int",
            r"unsupported operand type\(s\) for [^:]{1,6}: '(?:list|tuple)'",
            r"unsupported operand type\(s\) for .{1,40} and '(?:list|tuple)'",
            r"bad operand type for unary -: '(?:list|tuple)'",
        ),
        "This is a list or a tuple. If one tensor was meant: `torch.stack` or `torch.tensor` makes a tensor of "
        "a list; a function that returns several values is unpacked: `a, b = f(x)`.",
    ),
    Meaning(
        "returned-none",
        (
            r"got (?:a )?None(?:Type|\b)",
            r"'NoneType' object",
            r"unsupported operand type\(s\) for .{1,60}NoneType",
            r"must be Tensor, not NoneType",
            r"cannot unpack non-iterable NoneType",
            r"not '?NoneType'?$",
            r"instances of .{0,40}'NoneType'",
        ),
        "A value is None where a tensor or number is needed: a function without `return`, or a method "
        "that changes its object and returns nothing.",
    ),
    Meaning(
        "empty-tensor",
        (
            r"Expected reduction dim to be specified for input.numel\(\) == 0",
            r"zero-size array to reduction",
            r"expects a non-empty",
            r"expected a non-empty",
            r"non-empty TensorList",
            r"with 0 elements cannot be converted",
            r"Boolean value of Tensor with no values",
        ),
        "There is nothing in this tensor or list: print its length. Was it filled, and does the slice or "
        "the loop reach anything?",
    ),
    Meaning(
        "one-number-wanted",
        (
            r"[Oo]nly one element tensors can be converted",
            r"cannot be converted to Scalar",
            r"only (?:length-1|size-1|0-dimensional|single-element) arrays",
        ),
        "`float`, `int`, `.item()` and the functions of `math` take one number, and this tensor holds "
        "several. PyTorch's own functions (`torch.log`, ...) work on all of them.",
    ),
    Meaning(
        "truth-of-many",
        (
            r"Boolean value of Tensor with more than one value",
            r"truth value of an array",
        ),
        "`if`, `and`, `or` and `not` want one True or False, and this tensor holds many. Say which you "
        "mean with `.any()` or `.all()`; `&`, `|` and `torch.where` work value by value.",
    ),
    Meaning(
        "whole-numbers-wanted",
        (
            r"only applicable to index tensor",
            r"Expected dtype int(?:32/int)?64 for index",
            r"tensors used as indices must be",
            r"must be tuple of ints",
            r"only integers, slices",
            r"list indices must be integers",
            r"scatter\(\): Expected dtype",
            r"Expected tensor for argument .{1,30} to have .{1,40}Long",
            r"'(?:float|Tensor)' object cannot be interpreted as an integer",
            r"expected scalar type (?:Long|Int)",
        ),
        "An index or a number of things must be a whole number: `.long()` for tensors, `int(...)` or `//` "
        "for numbers.",
    ),
    Meaning(
        "one-hot-too-narrow",
        (r"Class values must be smaller than num_classes",),
        "`F.one_hot` makes one column for each number from 0 to num_classes - 1, and got a larger number: how "
        "many classes are there?",
    ),
    Meaning(
        "decimals-wanted",
        (
            r"Input dtype must be either a floating point",
            r"not implemented for '(?:Long|Int|Bool)'",
            r"can't be cast to the desired output type",
            r"only Tensors of floating point",
        ),
        "These are whole numbers, and the operation needs decimals: `.float()` first.",
    ),
    Meaning(
        "dtypes-differ",
        (
            r"must have the same dtype",
            r"to have the same dtype",
            r"expected scalar type",
            r"Found dtype",
            r"expected .{0,20}dtype .{1,30} but got",
            r"should be the same type",
        ),
        f"Two tensors have different types of numbers, such as float32 and float64. {SAME_TYPE}",
    ),
    Meaning(
        "devices-differ",
        (
            r"all tensors to be on the same device",
            r"is not on the expected device",
            r"Expected .{1,40} on (?:cuda|cpu)",
        ),
        "Two tensors lie on different devices. Make new ones where the arguments are: `device=x.device`, "
        "`torch.zeros_like(x)`.",
    ),
    Meaning(
        "negative-size",
        (
            r"Trying to create tensor with negative dimension",
            r"negative dimensions are not allowed",
            r"number of steps must be non-negative",
        ),
        "A size came out negative: print it.",
    ),
    # Gradients
    Meaning(
        "numpy-of-graph",
        (r"Can't call numpy\(\) on Tensor that requires grad",),
        "PyTorch still records this tensor for gradients: `.detach()` comes before `.numpy()`.",
    ),
    Meaning(
        "no-graph",
        (r"does not require grad and does not have a grad_fn",),
        "Gradients are asked of a value that PyTorch did not record: `detach`, `.item()`, `float(...)`, "
        "NumPy or `no_grad` cut it off from the parameters.",
    ),
    Meaning(
        "graph-used-twice",
        (r"backward through the graph a second time",),
        "`backward` ran twice over one computation: compute the loss anew in each step, or call "
        "`backward` once.",
    ),
    Meaning(
        "gradient-of-many",
        (r"grad can be implicitly created only for scalar outputs",),
        "`backward` wants one number: take the mean or the sum of the losses first.",
    ),
    Meaning(
        "in-place-on-parameter",
        (r"leaf Variable that requires grad",),
        "`+=`, `x[...] =` and methods whose name ends in `_` write into a tensor whose gradients PyTorch "
        "records. Compute a new tensor instead (`x = x + 1`).",
    ),
    Meaning(
        "in-place-in-graph",
        (r"modified by an inplace operation",),
        "A tensor that is needed for the gradients was overwritten by `+=`, `x[...] =` or a method whose "
        "name ends in `_`. Compute a new tensor instead.",
    ),
    Meaning(
        "in-place-on-expanded",
        (r"more than one element of the written-to tensor refers to a single memory location",),
        "`expand` shows one row several times, so its rows cannot be written one by one: use `repeat`, or "
        "`.clone()` after `expand`.",
    ),
    Meaning(
        "unused-in-graph",
        (r"appears to not have been used in the graph",),
        "Gradients are asked for a tensor from which the result was not computed. Is it a copy, or "
        "detached on the way?",
    ),
    # Arguments of distributions and losses
    Meaning(
        "distribution-argument",
        (
            r"to satisfy the constraint",
            r"to be within the support",
        ),
        "A distribution got a value that it does not allow, such as a scale that is not positive or NaN. "
        "`scale` is a standard deviation, not a variance or its logarithm; give probabilities as `probs`, "
        "logits as `logits`.",
    ),
    Meaning(
        "probabilities-wanted",
        (r"all elements of (?:input|target) should be between 0 and 1",),
        "This loss wants probabilities from 0 to 1. For logits there is "
        "`F.binary_cross_entropy_with_logits`.",
    ),
    Meaning(
        "log-of-nothing",
        (
            r"math domain error",
            r"expected a (?:positive|nonnegative) input",
            r"expected a number in range from",
        ),
        "A function of `math` has no value here, as for the logarithm of 0, the root of a negative number, or "
        "`acos` beyond 1: print the number.",
    ),
    Meaning(
        "too-large",
        (
            r"math range error",
            r"OverflowError",
            r"Numerical result out of range",
        ),
        "A number became too large: work with logarithms, and subtract the largest one before `exp`.",
    ),
    Meaning(
        "divided-by-zero",
        (
            r"ZeroDivisionError",
            r"division by zero",
        ),
        "A number is divided by 0: print the divisor. Is this a special case that the docstring names?",
    ),
    # Python
    Meaning(
        "own-assertion",
        (
            r"of the cell: `assert ",
            r"line \d+, `assert ",
        ),
        "Your own `assert` stopped here: does it hold for all arguments that the docstring allows?",
    ),
    Meaning(
        "super-init",
        (r"before Module\.__init__\(\) call",),
        "A model starts with `super().__init__()`, before it gets its layers.",
    ),
    Meaning(
        "not-a-function",
        (r"object is not callable",),
        "Parentheses stand after something that is no function: a missing operator, or a variable that "
        "has the name of a function.",
    ),
    Meaning(
        "arguments-of-call",
        (
            r"takes (?:from |exactly )?\w{1,4}.{0,12} (?:positional )?argument",
            r"missing \d+ required",
            r"unexpected keyword argument",
            r"multiple values for argument",
            r"takes no arguments",
            r"received an invalid combination of arguments",
        ),
        "The call and the definition do not fit: compare number, order, names and types of the arguments. A "
        "method's first argument is `self`.",
    ),
    Meaning(
        "one-number-given",
        (r"iteration over a 0-d tensor",),
        "This tensor is one number: there is nothing in it to go through or to unpack.",
    ),
    Meaning(
        "unpacking",
        (
            r"values to unpack",
            r"cannot unpack non-iterable",
        ),
        "The right side has another number of values than there are names on the left: look at what the "
        "function returns.",
    ),
    Meaning(
        "not-assigned",
        (r"UnboundLocalError",),
        "This name gets no value before this line: look at the branches of `if` and at loops that do not "
        "run. A name that a function assigns anywhere is its own: do not give it to a variable if you call "
        "a function of that name.",
    ),
    Meaning(
        "not-defined",
        (r"NameError: name '",),
        "No line before this one gives this name a value: a typo, or an import or variable of another "
        "cell?",
    ),
    Meaning(
        "no-such-name",
        (
            r"module '.{1,40}' has no attribute",
            r"cannot import name",
            r"No module named",
        ),
        "The library has nothing of this name: a typo, or a function of another library or version?",
    ),
    Meaning(
        "no-such-attribute",
        (r"object has no attribute",),
        "The object has nothing of this name: a typo, or an attribute that `__init__` does not set under "
        "this name?",
    ),
    Meaning(
        "no-such-key",
        (r"KeyError",),
        "The dictionary has no such key: print its keys.",
    ),
    Meaning(
        "endless-calls",
        (
            r"RecursionError",
            r"maximum recursion depth",
        ),
        "The function calls itself without end.",
    ),
    Meaning(
        "indentation",
        (
            r"IndentationError",
            r"TabError",
        ),
        "The spaces at the beginning of the lines do not fit: lines of one block begin in the same "
        "column.",
    ),
    Meaning(
        "syntax",
        (r"SyntaxError",),
        "Python cannot read this line: look for a bracket, quotation mark, comma or colon, here and in "
        "the line before.",
    ),
)
_PATTERNS = [(re.compile("|".join(known.seen)), known) for known in MEANINGS]


def meaning(text: str) -> Meaning | None:
    """Return what an error means.

    Args:
        text: Type and message of the error in one line, perhaps with the line of the learner's cell around it.

    Returns:
        The first kind that fits, or None if the error is none of the common ones.
    """
    return next((known for pattern, known in _PATTERNS if pattern.search(text)), None)


def with_meaning(text: str) -> str:
    """Return a text about an error, with what it means behind it where that is known."""
    known = meaning(text)
    ended = text if text.endswith((".", "?", "!", ":")) else f"{text}."
    return f"{ended} {known.text}" if known else text
