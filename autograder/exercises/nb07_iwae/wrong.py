"""Known wrong solutions of lesson 07: published bugs first, then classroom mistakes."""
# ruff: noqa: F821 - names of the lesson

from autograder.exercises.known_answers import Bank

WRONG = Bank("07_iwae")

# ------------------------------------------------------------------------------------- binarize

RAND = "torch.rand_like(x)"

WRONG.edit(
    "binarize",
    "cut-at-one-half",
    "You cut at one half, so nothing is drawn: a pixel of 0.4 is never 1. Those are other pixels than the papers', with smooth outlines. With which "
    "probability should it be 1?",
    {"torch.rand_like(x) < x": "0.5 < x"},
)
WRONG.edit(
    "binarize",
    "cut-at-the-mean",
    "You cut at the mean of the batch, so nothing is drawn, and the same pixel turns out differently in other company. What should 0.4 mean on its own?",
    {"torch.rand_like(x) < x": "x.mean() < x"},
)
WRONG.edit(
    "binarize",
    "inverted",
    "Your pictures are negatives: a pixel of 0.9 is 1 in one draw of ten. On which side of the random number should x lie?",
    {"< x": "> x"},
)
WRONG.edit(
    "binarize",
    "one-draw-per-image",
    "All pixels of an image are compared with the same random number. That is a cut at a random height; how many coins does an image need?",
    {RAND: "torch.rand(len(x), *[1] * (x.ndim - 1), dtype=x.dtype)"},
)
WRONG.edit(
    "binarize",
    "one-draw-per-batch",
    "One random number decides about the whole batch. How many coins does a batch of images need?",
    {RAND: "torch.rand(())"},
)
WRONG.edit(
    "binarize",
    "draws-shared-by-the-images",
    "All images of the batch are compared with the same random picture. Does your noise have the shape of x?",
    {RAND: "torch.rand(1, *x.shape[1:], dtype=x.dtype)"},
)
WRONG.edit(
    "binarize",
    "booleans",
    "You return booleans. The model multiplies with pixels: which dtype does it expect?",
    {".to(x.dtype)": ""},
)
WRONG.edit(
    "binarize",
    "integers",
    "You return integers. Weights of a network are floats, and a product of the two is an error: keep the dtype of x.",
    {".to(x.dtype)": ".long()"},
)
WRONG.edit(
    "binarize",
    "always-float32",
    "You always return float32. What happens to a float64 image?",
    {".to(x.dtype)": ".float()"},
)
WRONG.edit(
    "binarize",
    "gaussian-noise",
    "You compare with Gaussian noise, which is negative half of the time: even a black background gets ink. Which noise is below 0.8 in 80 % of all draws?",
    {"rand_like": "randn_like"},
)
WRONG.edit(
    "binarize",
    "the-seed-is-set-inside",
    "A seed is set inside, so every call makes the same picture. What is lost when training sees the same draw in every epoch?",
    {"return ": "torch.manual_seed(0)\n    return "},
)
WRONG.edit(
    "binarize",
    "x-overwritten",
    "You write the draw into x, so the grey image is gone and the next draw starts from black and white. Should your function change its argument?",
    {"return (torch.rand_like(x) < x).to(x.dtype)": "return x.copy_(torch.rand_like(x) < x)"},
)
WRONG.edit(
    "binarize",
    "grey-values-kept",
    "The pixels that you switch on keep their grey value. Should a pixel of 0.8 become 0.8 or 1?",
    {".to(x.dtype)": " * x"},
)
WRONG.edit(
    "binarize",
    "scaled-by-the-brightest",
    "You divide by the brightest pixel first, so a pixel of 0.3 in a dark image is 1 more often than in three of ten draws. x already is a probability: what is there to scale?",
    {"< x)": "< x / x.max())"},
)
WRONG.edit(
    "binarize",
    "minus-one-and-one",
    "Your pixels are -1 and 1. Which two values does a Bernoulli likelihood describe?",
    {".to(x.dtype)": ".to(x.dtype) * 2 - 1"},
)
WRONG.edit(
    "binarize",
    "drawn-twice",
    "A pixel is 1 with the probability x squared: x is squared, or two draws must both succeed. One coin per pixel is enough, with x itself.",
    {"< x)": "< x * (torch.rand_like(x) < x))"},
)

DRAW = "(torch.rand_like(x) < x).to(x.dtype)"
RARELY = "A pixel is 1 with another probability than x. One uniform number per pixel is compared with x itself: 1 where it is below."

for id, message, edits in (
    ("product-with-noise", "A pixel below one half can never be 1. Compare a uniform number with x itself: 1 where it is below.", {DRAW: "(x * torch.rand_like(x) > 0.5).to(x.dtype)"}),
    ("sum-with-noise-rounded", "You round the sum of x and a random number: pixels come out as 2, or with the wrong frequency. Compare the random number with x.", {DRAW: "(x + torch.rand_like(x)).round()"}),
    ("sum-with-noise-cut", RARELY, {DRAW: "(x + torch.rand_like(x) > 0.5).to(x.dtype)"}),
    ("difference-rounded", "You round a difference of x and a random number. Compare the two: 1 where the random number is below x.", {DRAW: "(x - torch.rand_like(x)).round()"}),
    ("centred-noise", "You add noise to x and cut at one half, so dark pixels are never 1 or too often. Compare a uniform number with x itself.", {DRAW: "(x + 0.1 * torch.randn_like(x) > 0.5).to(x.dtype)"}),
    ("square-of-x", "A pixel is 1 with the probability x squared: x is squared, or two draws must both succeed. One coin per pixel is enough, with x itself.", {"< x)": "< x**2)"}),
    ("root-of-x", RARELY, {"< x)": "< x.sqrt())"}),
    ("sigmoid-of-x", "x goes through a sigmoid first, so a black pixel is 1 in half of the draws. x already is a probability.", {"< x)": "< x.sigmoid())"}),
    ("half-of-x", RARELY, {"< x)": "< 0.5 * x)"}),
    ("fair-coin", "A fair coin decides, whatever x is. A pixel is 1 with probability x.", {DRAW: "(torch.rand_like(x) < 0.5).to(x.dtype)"}),
    ("mean-of-x-as-the-probability", "All pixels are 1 with the same probability, the mean of x. Each has its own: x.", {"< x)": "< x.mean())"}),
    ("list", "You return a Python list. Asked for is a tensor.", {DRAW: DRAW + ".tolist()"}),
    ("array", "You return a NumPy array. Asked for is a tensor.", {DRAW: DRAW + ".numpy()"}),
    ("flattened", "The shape of x is lost. Return the draw in the shape of x.", {DRAW: DRAW + ".flatten()"}),
    ("float64", "You always return float64. Keep the dtype of x.", {".to(x.dtype)": ".double()"}),
    ("bytes", "You return integers. Weights of a network are floats, and a product of the two is an error: keep the dtype of x.", {".to(x.dtype)": ".int()"}),
    ("average-of-draws", "You average several draws, so pixels are neither 0 nor 1. Draw once.", {DRAW: "torch.stack([(torch.rand_like(x) < x).to(x.dtype) for _ in range(10)]).mean(dim=0)"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return ": ""}),
):  # fmt: skip
    WRONG.edit("binarize", id, message, edits)

# --------------------------------------------------------------------------------- log_mean_exp

SUM = "torch.logsumexp(values, dim=dim)"
COUNT = " - math.log(values.shape[dim])"
BOTH = SUM + COUNT

WRONG.edit(
    "log_mean_exp",
    "exp-then-log",
    "You leave the logarithms: below about -104 every exp is 0 and you return minus infinity, above 88 it is infinite. What can you subtract from all values first, so that the largest exp is 1?",
    {BOTH: "values.exp().mean(dim=dim).log()"},
)
WRONG.edit(
    "log_mean_exp",
    "a-small-number-in-the-log",
    "You add a small number before the logarithm, or cut off what is too small or too large. Beyond it every row gives the same wrong answer. What can you subtract from all values first, so that the largest exp is 1?",
    {BOTH: "(values.exp().mean(dim=dim) + 1e-8).log()"},
)
WRONG.edit(
    "log_mean_exp",
    "float64-is-not-enough",
    "You go to float64 and then leave the logarithms all the same. That moves the cliff from -104 to -745. Does it work for values near -2000?",
    {BOTH: "values.double().exp().mean(dim=dim).log().to(values.dtype)"},
)
WRONG.edit(
    "log_mean_exp",
    "clamped",
    "You add a small number before the logarithm, or cut off what is too small or too large. Beyond it every row gives the same wrong answer. What can you subtract from all values first, so that the largest exp is 1?",
    {BOTH: "values.clamp(-80, 80).exp().mean(dim=dim).log()"},
)
WRONG.edit(
    "log_mean_exp",
    "sum-instead-of-mean",
    "That is the logarithm of the sum. An average also divides: what becomes of dividing by the count outside of the logarithm?",
    {COUNT: ""},
)
WRONG.edit(
    "log_mean_exp",
    "count-added",
    "The logarithm of the count has the wrong sign. Does the logarithm of a quotient add or subtract?",
    {COUNT: " + math.log(values.shape[dim])"},
)
WRONG.edit(
    "log_mean_exp",
    "count-of-everything",
    "You divide by the number of all values. How many of them are averaged into one result?",
    {COUNT: " - math.log(values.numel())"},
)
WRONG.edit(
    "log_mean_exp",
    "count-of-the-first-axis",
    "You divide by the size of the first axis, whichever axis was averaged. How many values are there along dim?",
    {COUNT: " - math.log(len(values))"},
)
WRONG.edit(
    "log_mean_exp",
    "divided-by-the-count",
    "You divide the logarithm by the count. It is the sum that is divided, before the logarithm is taken: what is left of that outside?",
    {COUNT: " / values.shape[dim]"},
)
WRONG.edit(
    "log_mean_exp",
    "mean-of-the-values",
    "That is the average of the logarithms. By Jensen's inequality it is too small, and it would turn the new bound back into the ELBO. Which comes first, the average or the logarithm?",
    {BOTH: "values.mean(dim=dim)"},
)
WRONG.edit(
    "log_mean_exp",
    "largest-only",
    "You return the largest value. It rules the average, but the others and the count belong to it too: what is the answer for two equal values and one tiny one?",
    {BOTH: "values.amax(dim=dim)"},
)
WRONG.edit(
    "log_mean_exp",
    "largest-of-the-whole-tensor",
    "You subtract the largest value of the whole tensor. A row far below it then vanishes altogether. Which largest value does each row need?",
    {BOTH: "(values - values.max()).exp().mean(dim=dim).log() + values.max()"},
)
WRONG.edit(
    "log_mean_exp",
    "largest-not-added-back",
    "You subtract the largest value and do not add it back at the end. What is the log-mean-exp of a row whose values are all 7?",
    {BOTH: "(values - values.amax(dim=dim, keepdim=True)).exp().mean(dim=dim).log()"},
)
WRONG.edit(
    "log_mean_exp",
    "mean-subtracted",
    "You subtract the mean of the row. If one value lies far above it, its exp still overflows. Which value, once subtracted, leaves nothing above zero?",
    {
        BOTH: "(values - values.mean(dim=dim, keepdim=True)).exp().mean(dim=dim).log() + values.mean(dim=dim)"
    },
)
WRONG.edit(
    "log_mean_exp",
    "smallest-subtracted",
    "You subtract the smallest value, so all others are above zero, and a distance of 89 overflows. Which value leaves nothing above zero?",
    {
        BOTH: "(values - values.amin(dim=dim, keepdim=True)).exp().mean(dim=dim).log() + values.amin(dim=dim)"
    },
)
WRONG.edit(
    "log_mean_exp",
    "dimension-kept",
    "The averaged dimension is still there, with size 1. Where did keepdim slip through?",
    {"dim=dim)": "dim=dim, keepdim=True)"},
)
WRONG.edit(
    "log_mean_exp",
    "always-the-last-dimension",
    "You average over the last dimension, whatever dim says. What does dim=0 give?",
    {"dim=dim": "dim=-1", "shape[dim]": "shape[-1]"},
)
WRONG.edit(
    "log_mean_exp",
    "no-gradient",
    "Your result carries no gradient. You are going to train with this function: where was it detached?",
    {"torch.logsumexp(values,": "torch.logsumexp(values.detach(),"},
)

STABLE = "(values - values.amax(dim=dim, keepdim=True)).exp()"
TOP = "values.amax(dim=dim)"
SQUEEZED = "`squeeze()` without an argument also drops other dimensions of length 1. Remove only `dim`: squeeze(dim)."

for id, message, edits in (
    ("squeezed", SQUEEZED, {BOTH: f"({STABLE}.mean(dim=dim, keepdim=True).log() + values.amax(dim=dim, keepdim=True)).squeeze()"}),
    ("all-values", "You average over all values. Average over `dim` alone.", {BOTH: "values.flatten().logsumexp(dim=0) - math.log(values.numel())"}),
    ("largest-added-twice", "The largest value is added twice. Subtract it once before exp, add it back once at the end.", {BOTH: f"torch.logsumexp(values, dim=dim){COUNT} + {TOP}"}),
    ("largest-subtracted-at-the-end", "At the end the largest value is subtracted again. Add it back.", {BOTH: f"{STABLE}.mean(dim=dim).log() - {TOP}"}),
    ("largest-kept-beside", "The largest value is added back with its extra dimension, and broadcasts: the result has too many numbers. Add it back without that dimension.", {BOTH: f"{STABLE}.mean(dim=dim).log() + values.amax(dim=dim, keepdim=True)"}),
    ("log-base-two", "A logarithm of another base is mixed in. Use natural logarithms: math.log.", {"math.log(": "math.log2("}),
    ("count-not-in-a-logarithm", "The count itself is subtracted. Outside of the logarithm it is its logarithm that is subtracted.", {COUNT: " - values.shape[dim]"}),
    ("count-less-one", "You divide by one less than the count. It is an average of all values along dim.", {"math.log(values.shape[dim])": "math.log(max(values.shape[dim] - 1, 1))"}),
    ("divided-by-the-logarithm", "You divide by the logarithm of the count. Outside of the logarithm it is subtracted.", {COUNT: " / math.log(max(values.shape[dim], 2))"}),
    ("count-twice", "The logarithm of the count is subtracted twice. Once is enough.", {COUNT: COUNT + COUNT}),
    ("exp-returned", "You return the mean itself. Asked for is its logarithm.", {BOTH: f"({BOTH}).exp()"}),
    ("negative", "The sign is turned. Asked for is the logarithm of the mean itself.", {BOTH: f"-({BOTH})"}),
    ("always-float64", "The result is float64 also for float32 values. Keep the dtype of the values.", {"torch.logsumexp(values,": "torch.logsumexp(values.double(),"}),
    ("always-float32", "The result is float32 also for float64 values. Keep the dtype of the values.", {"torch.logsumexp(values,": "torch.logsumexp(values.float(),"}),
    ("second-dimension-always", "You average over dimension 1, whatever dim says. What does dim=0 give?", {"dim=dim": "dim=1", "shape[dim]": "shape[1]"}),
    ("first-dimension-always", "You average over dimension 0, whatever dim says. What does dim=1 give?", {"dim=dim": "dim=0", "shape[dim]": "shape[0]"}),
    ("median-of-the-values", "That is the median of the logarithms. Asked for is the logarithm of the mean of the exponentials.", {BOTH: "values.median(dim=dim).values"}),
    ("values-overwritten", "The values of the caller are changed. Subtract into a new tensor, not with `-=` or a trailing underscore.", {f"return {BOTH}": "top = values.detach().amax(dim=dim, keepdim=True)\n    values.data.sub_(top)\n    return values.exp().mean(dim=dim).log() + top.squeeze(dim)"}),
    ("list", "You return a Python list. Asked for is a tensor.", {BOTH: f"({BOTH}).tolist()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return ": ""}),
):  # fmt: skip
    WRONG.edit("log_mean_exp", id, message, edits)

for id, message, edits in (
    ("shifted-mean-of-the-values", "That is the average of the logarithms. By Jensen's inequality it is too small, and it would turn the new bound back into the ELBO. Which comes first, the average or the logarithm?", {BOTH: f"({STABLE}.log()).mean(dim=dim) + {TOP}"}),
    ("first-largest-then-sum", "That is the logarithm of the sum. An average also divides: what becomes of dividing by the count outside of the logarithm?", {BOTH: f"({STABLE}.sum(dim=dim)).log() + {TOP}.detach()"}),
    ("largest-detached", "The gradient misses a part: the largest value is detached at one place and not at the other. Where does it enter twice?", {BOTH: f"{STABLE}.mean(dim=dim).log() + {TOP}.detach()"}),
    ("largest-of-the-sizes", "You look for the largest size, the absolute value, and not for the largest value. If all values are far below zero, is what you subtract anywhere near the largest?", {BOTH: "(values - values.abs().amax(dim=dim, keepdim=True)).exp().mean(dim=dim).log() + values.abs().amax(dim=dim)"}),
    ("mean-then-exp-then-log", "You average the values before exp. Which comes first, exp or the mean?", {BOTH: "values.mean(dim=dim).exp().log()"}),
    ("values-beyond-zero-dropped", "The values are divided by the largest, not shifted by it. Which operation on logarithms divides the numbers?", {BOTH: "(values / values.amax(dim=dim, keepdim=True)).exp().mean(dim=dim).log() + values.amax(dim=dim)"}),
    ("log-of-one-more", "log1p is the logarithm of one more than its argument. Which logarithm is asked for?", {BOTH: "values.exp().mean(dim=dim).log1p()"}),
    ("root-mean-square", "The weights are squared on the way. Asked for is the logarithm of their plain mean.", {BOTH: "0.5 * (torch.logsumexp(2 * values, dim=dim) - math.log(values.shape[dim]))"}),
):  # fmt: skip
    WRONG.edit("log_mean_exp", id, message, edits)

# ------------------------------------------------------------------------ effective_sample_size

SIZE = "1 / log_weights.softmax(dim=1).square().sum(dim=1)"

WRONG.edit(
    "effective_sample_size",
    "not-inverted",
    "That is the sum of the squared shares, between 1/num_samples and 1. What is one over it?",
    {"1 / ": ""},
)
WRONG.edit(
    "effective_sample_size",
    "normalised-over-the-batch",
    "You normalise over the images: each sample competes with the samples of other images. Along which axis do the shares of one image add up to 1?",
    {"softmax(dim=1)": "softmax(dim=0)"},
)
WRONG.edit(
    "effective_sample_size",
    "exp-before-normalising",
    "You take exp of the log weights as they are: near -120 all weights are 0 and you divide 0 by 0, near 100 they are infinite. Does the result change if you subtract the largest of each row first?",
    {SIZE: "log_weights.exp().sum(dim=1).square() / log_weights.exp().square().sum(dim=1)"},
)
WRONG.edit(
    "effective_sample_size",
    "largest-of-all-rows-subtracted",
    "You subtract the largest log weight of the whole batch, so the rows far below it vanish. Which largest value does each row need?",
    {
        "1 / log_weights.softmax(dim=1).square().sum(dim=1)": "(log_weights - log_weights.max()).exp().sum(dim=1).square() "
        "/ (2 * (log_weights - log_weights.max())).exp().sum(dim=1)"
    },
)
WRONG.edit(
    "effective_sample_size",
    "logarithms-taken-for-weights",
    "You use the logarithms as if they were weights. What turns a log weight into a weight?",
    {SIZE: "log_weights.sum(dim=1).square() / log_weights.square().sum(dim=1)"},
)
WRONG.edit(
    "effective_sample_size",
    "not-normalised",
    "You square and sum the weights without normalising them, so the result depends on their scale. What do the shares of a row add up to?",
    {"log_weights.softmax(dim=1)": "log_weights.exp()"},
)
WRONG.edit(
    "effective_sample_size",
    "one-over-the-largest",
    "That is one over the largest share. It looks at one sample only; how do all of them enter?",
    {".square().sum(dim=1)": ".amax(dim=1)"},
)
WRONG.edit(
    "effective_sample_size",
    "perplexity",
    "That is the exponential of the entropy of the shares, another measure with the same two ends. Here the squares of the shares are asked for.",
    {SIZE: "(-(log_weights.softmax(dim=1) * log_weights.log_softmax(dim=1)).sum(dim=1)).exp()"},
)
WRONG.edit(
    "effective_sample_size",
    "as-a-fraction",
    "You return a fraction of the samples. Equal weights should give num_samples, not 1: in which unit is a sample size?",
    {SIZE: SIZE + " / log_weights.shape[1]"},
)
WRONG.edit(
    "effective_sample_size",
    "mean-of-the-squares",
    "You average the squared shares instead of adding them, so the result is num_samples times too large. What do you get for equal weights?",
    {".square().sum(dim=1)": ".square().mean(dim=1)"},
)
WRONG.edit(
    "effective_sample_size",
    "squares-forgotten",
    "The shares of a row add up to 1, so you return 1 for every row. Where did the square go?",
    {".square()": ""},
)
WRONG.edit(
    "effective_sample_size",
    "one-number-for-the-batch",
    "You return one number for the whole batch. Each image has its own weights, and the worst image is the one you want to find.",
    {SIZE: f"({SIZE}).mean()"},
)
WRONG.edit(
    "effective_sample_size",
    "axis-kept",
    "The axis of the samples is still there, with size 1. One number per image, of shape (batch,).",
    {"sum(dim=1)": "sum(dim=1, keepdim=True)"},
)
WRONG.edit(
    "effective_sample_size",
    "counted-above-fair-share",
    "You count the samples above their fair share. Equal weights are none of them above it: what should they give?",
    {
        SIZE: "(log_weights.softmax(dim=1) > 1 / log_weights.shape[1]).to(log_weights.dtype).sum(dim=1)"
    },
)
WRONG.edit(
    "effective_sample_size",
    "unbiased-variance",
    "You come by way of the variance of the weights, with num_samples - 1 below the line. (sum w)^2 / sum w^2 has no such correction: which of the two variances divides by num_samples?",
    {
        SIZE: "log_weights.shape[1] / (1 + (log_weights.softmax(dim=1) * log_weights.shape[1] - 1).square().sum(dim=1)"
        " / max(log_weights.shape[1] - 1, 1))"
    },
)

SHARES = "log_weights.softmax(dim=1)"

for id, message, edits in (
    ("norm", "You return one over the norm of the shares, the root of what is asked for. No root is taken.", {SIZE: f"1 / {SHARES}.norm(dim=1)"}),
    ("root", "You return the root of a sum of squares upside down. No root is taken.", {SIZE: f"{SHARES}.square().sum(dim=1).sqrt()"}),
    ("log-shares-squared", "You square the logarithms of the shares. Square the shares themselves.", {SHARES: "log_weights.log_softmax(dim=1)"}),
    ("summed-over-the-batch", "You add over the images. Add over the samples: one number per image.", {"square().sum(dim=1)": "square().sum(dim=0)"}),
    ("inverse-of-each", "One over each squared share is added up. Add the squares first, then take one over the sum.", {SIZE: f"(1 / {SHARES}.square()).sum(dim=1)"}),
    ("cubes", "The shares are not squared but raised to another power. Asked for are their squares.", {".square()": ".pow(3)"}),
    ("halved", "A factor of one half is too many. ESS is one over the sum of the squared shares.", {SIZE: "0.5 * " + SIZE.replace("1 /", "1 /")}),
    ("logarithm-of-the-size", "You return the logarithm of the effective sample size. Asked for is the size itself.", {SIZE: f"({SIZE}).log()"}),
    ("negative", "The sign is turned: a size is positive.", {SIZE: f"-{SIZE}"}),
    ("entropy", "That is the entropy of the shares. Asked for is one over the sum of their squares.", {SIZE: "-(log_weights.softmax(dim=1) * log_weights.log_softmax(dim=1)).sum(dim=1)"}),
    ("softmin", "The weights are turned upside down: the smallest gets the largest share. softmax, not softmin.", {SHARES: "(-log_weights).softmax(dim=1)"}),
    ("ratio-of-squares-by-the-largest", "You take one over the square of the largest share. All shares enter: it is one over the sum of their squares.", {SIZE: f"1 / {SHARES}.amax(dim=1).square()"}),
    ("clamped", "You cut the log weights off. Subtract the largest of each row instead: softmax does it.", {SIZE: "log_weights.clamp(-80, 80).softmax(dim=1).square().sum(dim=1).reciprocal()"}),
    ("rounded", "You round. The effective sample size need not be a whole number.", {SIZE: f"({SIZE}).round()"}),
    ("sum-over-batch-too", "You return one number for the whole batch. Each image has its own weights, and the worst image is the one you want to find.", {SIZE: f"({SIZE}).sum()"}),
    ("normalised-over-everything", "You normalise over all rows together. The shares of each row add up to 1.", {SHARES: "log_weights.flatten().softmax(dim=0).view_as(log_weights)"}),
    ("always-float32", "The result is float32 also for float64 weights. Keep the dtype.", {"return " + SIZE: "return (" + SIZE + ").float()"}),
    ("weights-overwritten", "The log weights of the caller are changed. Subtract into a new tensor.", {SIZE: "1 / log_weights.sub_(log_weights.amax(dim=1, keepdim=True).clone()).softmax(dim=1).square().sum(dim=1)"}),
    ("list", "You return a Python list. Asked for is a tensor.", {"return " + SIZE: "return (" + SIZE + ").tolist()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return ": ""}),
):  # fmt: skip
    WRONG.edit("effective_sample_size", id, message, edits)

for id, message, edits in (
    ("exp-then-shares", "You take exp of the log weights as they are: near -120 all weights are 0 and you divide 0 by 0, near 100 they are infinite. Does the result change if you subtract the largest of each row first?", {SHARES: "(log_weights.exp() / log_weights.exp().sum(dim=1, keepdim=True))"}),
    ("softmax-of-the-weights", "exp is applied twice: the weights themselves go through a softmax once more. What does softmax expect?", {SHARES: "(log_weights - log_weights.amax(dim=1, keepdim=True)).exp().softmax(dim=1)"}),
    ("softmax-of-the-shares", "exp is applied twice: the shares go through a softmax once more. What does softmax expect?", {SHARES: "log_weights.softmax(dim=1).softmax(dim=1)"}),
    ("softmax-of-the-weights-as-they-are", "exp is applied twice: the weights themselves go through a softmax once more. What does softmax expect?", {SHARES: "log_weights.exp().softmax(dim=1)"}),
    ("largest-subtracted-and-not-normalised", "The weights are divided by the largest one, not by their sum: they do not add up to 1. What do the shares of a row add up to?", {SHARES: "(log_weights - log_weights.amax(dim=1, keepdim=True)).exp()"}),
    ("sum-of-the-weights-not-squared", "The sum of the weights is not squared above the line. Does the result change if all weights are doubled?", {SIZE: "(lambda w: w.sum(dim=1) / w.square().sum(dim=1))((log_weights - log_weights.amax(dim=1, keepdim=True)).exp())"}),
    ("factor-two-forgotten", "The logarithm of a square is twice the logarithm, and one of the two factors is missing.", {SIZE: "(log_weights.logsumexp(dim=1) - (2 * log_weights).logsumexp(dim=1)).exp()"}),
    ("as-a-percentage", "You return a percentage of the samples. In which unit is a sample size?", {SIZE: "100 * " + SIZE + " / log_weights.shape[1]"}),
    ("sigmoid", "A sigmoid turns no log weights into shares: a row of them does not add up to 1. Which function does?", {SHARES: "log_weights.sigmoid()"}),
):  # fmt: skip
    WRONG.edit("effective_sample_size", id, message, edits)

# ----------------------------------------------------------------------- log_importance_weights

LAST = "log_p_x + log_p_z - log_q"

WRONG.edit(
    "log_importance_weights",
    "q-added",
    "log q has the wrong sign. A weight is what the model says divided by what q says.",
    {LAST: "log_p_x + log_p_z + log_q"},
)
WRONG.edit(
    "log_importance_weights",
    "q-forgotten",
    "log q is missing. Without it a code that q visits a hundred times too often counts a hundred times.",
    {LAST: "log_p_x + log_p_z"},
)
WRONG.edit(
    "log_importance_weights",
    "prior-forgotten",
    "The prior is missing: p(x, z) is p(x|z) times p(z).",
    {LAST: "log_p_x - log_q"},
)
WRONG.edit(
    "log_importance_weights",
    "prior-and-q-swapped",
    "log p(z) and log q(z|x) have changed places. Which one is below the line?",
    {LAST: "log_p_x + log_q - log_p_z"},
)
WRONG.edit(
    "log_importance_weights",
    "likelihood-only",
    "These are log p(x|z) alone. Averaged over q they favour codes near the image; what corrects for drawing from q instead of the prior?",
    {LAST: "log_p_x"},
)
WRONG.edit(
    "log_importance_weights",
    "closed-form-kl",
    "You subtract the KL in closed form. That is the average of log q - log p over all codes, and here each sample needs its own: the average comes after the product. What is log q(z|x) at this z?",
    {LAST: "log_p_x - 0.5 * (mu**2 + sigma**2 - 1 - 2 * sigma.log()).sum(dim=-1)"},
)
WRONG.edit(
    "log_importance_weights",
    "variance-as-standard-deviation",
    "You use the variance where the standard deviation belongs. log_var is the logarithm of a variance: what is sigma?",
    {"(0.5 * log_var).exp()": "log_var.exp()"},
)
WRONG.edit(
    "log_importance_weights",
    "log-var-as-standard-deviation",
    "You take sigma to be |log_var|. It is a logarithm of a variance: which function undoes a logarithm, and what makes a variance a standard deviation?",
    {"(0.5 * log_var).exp()": "(log_var.abs() + 1e-6)"},
)
WRONG.edit(
    "log_importance_weights",
    "variance-in-q-only",
    "Your codes have the right spread, but log q is that of a Gaussian with the variance in place of the standard deviation. Which of the two does Normal want?",
    {"Normal(mu, sigma)": "Normal(mu, sigma.square())"},
)
WRONG.edit(
    "log_importance_weights",
    "sampling-with-the-variance",
    "log q is right, but the codes are drawn with the variance in place of the standard deviation: they do not come from q.",
    {"mu + sigma * noise": "mu + sigma.square() * noise"},
)
WRONG.edit(
    "log_importance_weights",
    "noise-shared-by-the-samples",
    "All samples of an image share their noise, so there is one code, copied. Which shape must the noise have?",
    {
        "len(x), num_samples, mu": "len(x), 1, mu",
        "device=mu.device)": "device=mu.device).repeat(1, num_samples, 1)",
    },
)
WRONG.edit(
    "log_importance_weights",
    "noise-shared-by-the-images",
    "All images share their noise. Each estimate is then right alone, but their errors no longer average out over a batch. Which shape must the noise have?",
    {"torch.randn(len(x), num": "torch.randn(1, num"},
)
WRONG.edit(
    "log_importance_weights",
    "noise-shared-by-the-dimensions",
    "All latent dimensions of a sample share one random number, so the codes lie on a line. Which shape must the noise have?",
    {"mu.shape[-1], dtype": "1, dtype"},
)
WRONG.edit(
    "log_importance_weights",
    "the-mean-instead-of-samples",
    "You decode mu itself: all weights of an image are equal, and none belongs to a draw from q. Where is the noise?",
    {"mu + sigma * noise": "mu + 0 * noise"},
)
WRONG.edit(
    "log_importance_weights",
    "uniform-noise",
    "Your noise is uniform. The codes must come from the q whose density you divide by, and that is a Gaussian.",
    {"torch.randn(": "torch.rand("},
)
WRONG.edit(
    "log_importance_weights",
    "the-seed-is-set-inside",
    "You set the seed inside, so every call draws the same codes. Averages over calls then never get better.",
    {"noise = torch": "torch.manual_seed(0)\n    noise = torch"},
)
WRONG.edit(
    "log_importance_weights",
    "sign-of-the-likelihood",
    "bernoulli_nll is a cost, -log p(x|z). A weight wants log p(x|z).",
    {"-bernoulli_nll": "bernoulli_nll"},
)
WRONG.edit(
    "log_importance_weights",
    "mean-over-pixels",
    "The likelihood is a mean over pixels. Independent pixels multiply, so their logarithms add up.",
    {"x.unsqueeze(1))": "x.unsqueeze(1)) / x.shape[1]"},
)
WRONG.edit(
    "log_importance_weights",
    "mean-over-latent-dimensions",
    "log p(z) and log q are means over the latent dimensions. Independent dimensions multiply, so their logarithms add up.",
    {".sum(dim=-1)": ".mean(dim=-1)"},
)
WRONG.edit(
    "log_importance_weights",
    "sigmoid-before-the-likelihood",
    "bernoulli_nll wants logits. You hand it probabilities, so the sigmoid is applied twice.",
    {"bernoulli_nll(x_logits,": "bernoulli_nll(x_logits.sigmoid(),"},
)
WRONG.edit(
    "log_importance_weights",
    "squared-error",
    "You use a squared error for log p(x|z). These pixels are Bernoulli variables, and only a normalised density makes a weight.",
    {
        "-bernoulli_nll(x_logits, x.unsqueeze(1))": "-(x_logits.sigmoid() - x.unsqueeze(1)).square().sum(dim=-1)"
    },
)
WRONG.edit(
    "log_importance_weights",
    "logarithm-of-the-sigmoid",
    "You take the logarithm of a sigmoid. At a logit of -150 the sigmoid is 0 and its logarithm minus infinity. bernoulli_nll stays in logits: why not use it?",
    {
        "-bernoulli_nll(x_logits, x.unsqueeze(1))": "(x.unsqueeze(1) * x_logits.sigmoid().log() "
        "+ (1 - x.unsqueeze(1)) * (1 - x_logits.sigmoid()).log()).sum(dim=-1)"
    },
)
WRONG.edit(
    "log_importance_weights",
    "rows-given-back-in-the-wrong-order",
    "After decoding, the rows are sorted into the table in the wrong order: codes of one image are scored against another. After flatten(0, 1), which changes fast, the image or the sample?",
    {"unflatten(0, (len(x), num_samples))": "unflatten(0, (num_samples, len(x))).transpose(0, 1)"},
)
WRONG.edit(
    "log_importance_weights",
    "samples-first",
    "Your table has one row per sample. It should have one row per image: (batch, num_samples).",
    {LAST: f"({LAST}).T"},
)
WRONG.edit(
    "log_importance_weights",
    "prior-at-mu",
    "You ask the prior about mu. All three densities belong to the same z, the one that you drew.",
    {"Normal(0.0, 1.0).log_prob(z)": "Normal(0.0, 1.0).log_prob(mu)"},
)
WRONG.edit(
    "log_importance_weights",
    "q-at-a-fresh-sample",
    "log q is taken at another draw than the one you decoded. All three densities belong to the same z.",
    {
        "log_prob(z).sum(dim=-1)\n    return": "log_prob(mu + sigma * torch.randn_like(z)).sum(dim=-1)\n    return"
    },
)
WRONG.edit(
    "log_importance_weights",
    "constant-of-the-prior-forgotten",
    "Your log p(z) has no normalising constant, log q has one. They cancel only if both have it or both lack it.",
    {"Normal(0.0, 1.0).log_prob(z).sum(dim=-1)": "-0.5 * z.square().sum(dim=-1)"},
)
WRONG.edit(
    "log_importance_weights",
    "no-gradient",
    "The weights carry no gradient. Somebody may want to train with them: what switched it off?",
    {
        "mu, log_var = model.encode(x)": "mu, log_var = (t.detach() for t in model.encode(x))",
        LAST: f"({LAST}).detach()",
    },
)
WRONG.edit(
    "log_importance_weights",
    "codes-cut-off-from-the-encoder",
    "No gradient passes through z: it is detached, or drawn with sample() instead of rsample(). The encoder then learns from log q alone, and in the wrong direction.",
    {"z = mu + sigma * noise": "z = (mu + sigma * noise).detach()"},
)
WRONG.edit(
    "log_importance_weights",
    "parameters-of-q-held-fixed",
    "log q does not see the encoder's parameters: mu or sigma is detached in it. At one sample the mean gradient is still right, at several it is not.",
    {"Normal(mu, sigma)": "Normal(mu.detach(), sigma.detach())"},
)

NOISE = "torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype, device=mu.device)"
LOG_Q = "Normal(mu, sigma).log_prob(z).sum(dim=-1)"
PRIOR = "Normal(0.0, 1.0).log_prob(z).sum(dim=-1)"

for id, message, edits in (
    ("prior-subtracted", "log p(z) has the wrong sign. The prior is above the line, q below it.", {LAST: "log_p_x - log_p_z - log_q"}),
    ("all-negative", "The weight is upside down: every term has the wrong sign.", {LAST: "-log_p_x - log_p_z + log_q"}),
    ("x-repeated-in-blocks", "Codes of one image are scored against another: x is repeated in another order than the codes. After flatten(0, 1) the samples of one image stand together: repeat_interleave.", {"-bernoulli_nll(x_logits, x.unsqueeze(1))": "-bernoulli_nll(x_logits.flatten(0, 1), x.repeat(num_samples, 1)).view(len(x), num_samples)"}),
    ("entropy-constant-dropped", "log q lacks -log sigma: it is the density of the noise, not of z. Add the logarithm of sigma to it, with a minus.", {LOG_Q: "Normal(0.0, 1.0).log_prob(noise).sum(dim=-1)"}),
    ("log-sigma-added", "The logarithm of sigma has the wrong sign in log q: a wide q is a low density.", {LOG_Q: "(Normal(0.0, 1.0).log_prob(noise) + sigma.log()).sum(dim=-1)"}),
    ("constant-of-q-forgotten", "Your log q has no normalising constant, log p(z) has one. They cancel only if both have it or both lack it.", {LOG_Q: "(-0.5 * noise.square() - sigma.log()).sum(dim=-1)"}),
    ("codes-from-the-prior", "The codes are drawn from the prior, and divided by q. They must come from q.", {"mu + sigma * noise": "noise + 0 * mu"}),
    ("exponentiated", "You return the weights themselves. Asked for are their logarithms.", {LAST: f"({LAST}).exp()"}),
    ("averaged-over-samples", "You return one number per image. Keep one weight per image and sample: (batch, num_samples).", {LAST: f"({LAST}).mean(dim=1)"}),
    ("normalised", "The weights are normalised over the samples. Asked for are the log weights themselves.", {LAST: f"({LAST}).log_softmax(dim=1)"}),
):  # fmt: skip
    WRONG.edit("log_importance_weights", id, message, edits)

PX = "-bernoulli_nll(x_logits, x.unsqueeze(1))"
for id, message, edits in (
    ("prior-summed-over-everything", "log p(z) is one sum over all images and samples. Each code has a prior density of its own: which axis adds up?", {PRIOR: "Normal(0.0, 1.0).log_prob(z).sum()"}),
    ("q-summed-over-everything", "log q is one sum over all images and samples. Each code has a density of its own: which axis adds up?", {LOG_Q: "Normal(mu, sigma).log_prob(z).sum()"}),
    ("all-summed-over-everything", "log p(z) and log q are sums over all images and samples. Each code has densities of its own: which axis adds up?", {".log_prob(z).sum(dim=-1)": ".log_prob(z).sum()"}),
    ("prior-mean-over-dimensions", "log p(z) is a mean over the latent dimensions, log q is a sum. Independent dimensions multiply, so their logarithms add up.", {PRIOR: PRIOR.replace("sum", "mean")}),
    ("q-mean-over-dimensions", "log q is a mean over the latent dimensions, log p(z) is a sum. Independent dimensions multiply, so their logarithms add up.", {LOG_Q: LOG_Q.replace("sum", "mean")}),
    ("decoder-cut-off", "The decoder sees a detached z: the likelihood sends no gradient to the encoder. What is left of its lesson?", {"model.decode(z.flatten(0, 1))": "model.decode(z.detach().flatten(0, 1))"}),
    ("likelihood-without-gradient", "The likelihood carries no gradient, so the decoder learns nothing. What switched it off?", {PX: f"({PX}).detach()"}),
    ("mu-and-log-var-exchanged", "You take the encoder's two outputs for each other. Which of them does model.encode return first?", {"mu, log_var = model.encode(x)": "log_var, mu = model.encode(x)"}),
    ("sigma-is-exp-of-log-var-with-a-half-outside", "Sigma is not the standard deviation of q. Half of log_var goes into exp: where is your half?", {"(0.5 * log_var).exp()": "(0.5 * log_var.exp())"}),
    ("sigma-too-small", "Sigma is not the standard deviation of q. Half of log_var goes into exp: is yours a quarter, or negative?", {"(0.5 * log_var).exp()": "(0.25 * log_var).exp()"}),
    ("sigma-of-the-negative-logarithm", "Sigma is not the standard deviation of q. Half of log_var goes into exp: is yours a quarter, or negative?", {"(0.5 * log_var).exp()": "(-0.5 * log_var).exp()"}),
    ("log-sigma-doubled", "log q is not the logarithm of the density of q: the logarithm of sigma is doubled or halved in it.", {LOG_Q: "(Normal(0.0, 1.0).log_prob(noise) - 2 * sigma.log()).sum(dim=-1)"}),
    ("log-sigma-halved", "log q is not the logarithm of the density of q: the logarithm of sigma is doubled or halved in it.", {LOG_Q: "(Normal(0.0, 1.0).log_prob(noise) - 0.5 * sigma.log()).sum(dim=-1)"}),
    ("sigma-one", "Sigma is 1, whatever the encoder says. Which q has the encoder in mind?", {"(0.5 * log_var).exp()": "torch.ones_like(log_var)"}),
    ("noise-subtracted-mu-forgotten", "mu is missing in the codes. Where is the centre of q?", {"mu + sigma * noise": "sigma * noise"}),
    ("q-at-mu", "log q is taken at mu, not at the codes. All three densities belong to the same z.", {LOG_Q: "Normal(mu, sigma).log_prob(mu).sum(dim=-1) + 0 * z.sum(dim=-1)"}),
    ("prior-with-the-scale-of-q", "The prior is N(0, I), and yours has the spread or the centre of q.", {PRIOR: "Normal(0.0, sigma).log_prob(z).sum(dim=-1)"}),
    ("prior-around-mu", "The prior is N(0, I), and yours has the spread or the centre of q.", {PRIOR: "Normal(mu, 1.0).log_prob(z).sum(dim=-1)"}),
    ("densities-for-their-logarithms", "Densities are mixed with logarithms. All three terms are logarithms.", {PRIOR: "Normal(0.0, 1.0).log_prob(z).exp().sum(dim=-1)", LOG_Q: "Normal(mu, sigma).log_prob(z).exp().sum(dim=-1)"}),
    ("x-inverted", "Black and white are exchanged in the likelihood: the logits have the wrong sign, or the images are inverted.", {PX: "-bernoulli_nll(-x_logits, x.unsqueeze(1))"}),
    ("likelihood-averaged-over-samples", "The likelihood is averaged over the samples. Each sample has a likelihood of its own.", {PX: f"({PX}).mean(dim=1, keepdim=True)"}),
    ("likelihood-averaged-over-images", "The likelihood is averaged over the images. Each image has a likelihood of its own.", {PX: f"({PX}).mean(dim=0, keepdim=True)"}),
    ("always-float32", "The result is float32 also for a float64 model. Keep the dtype.", {LAST: f"({LAST}).float()"}),
):  # fmt: skip
    WRONG.edit("log_importance_weights", id, message, edits)

# ----------------------------------------------------------------------------------- iwae_bound

WEIGHTS = "log_importance_weights(model, x, num_samples)"
BOUND = f"log_mean_exp({WEIGHTS}, dim=1)"

WRONG.edit(
    "iwae_bound",
    "mean-of-the-log-weights",
    "You average logarithms. That is the ELBO, however many samples you take: it does not rise. Which comes first, the average or the logarithm?",
    {BOUND: f"{WEIGHTS}.mean(dim=1)"},
)
WRONG.edit(
    "iwae_bound",
    "average-over-the-images",
    "You average over the images instead of the samples: one number per sample is left. Along which axis are the samples?",
    {"dim=1": "dim=0"},
)
WRONG.edit(
    "iwae_bound",
    "sum-of-the-weights",
    "The weights are summed, or the logarithm of num_samples is added again: your bound grows by log(num_samples) for free and rises above log p(x). log_mean_exp alone is right.",
    {BOUND: f"{WEIGHTS}.logsumexp(dim=1)"},
)
WRONG.edit(
    "iwae_bound",
    "negative",
    "The sign is that of a loss. The bound is a lower bound of log p(x), a negative number here.",
    {BOUND: "-" + BOUND},
)
WRONG.edit(
    "iwae_bound",
    "largest-weight",
    "You return the largest log weight. It rises with num_samples without end; the others and the count belong to the average too.",
    {BOUND: f"{WEIGHTS}.amax(dim=1)"},
)
WRONG.edit(
    "iwae_bound",
    "one-number-for-the-batch",
    "You return one number for the whole batch. Keep one per image; whoever wants the mean can take it.",
    {BOUND: BOUND + ".mean()"},
)
WRONG.edit(
    "iwae_bound",
    "images-pooled",
    "You average the weights of all images together. Each image has an evidence of its own, and the easiest would drown the others.",
    {BOUND: f"log_mean_exp({WEIGHTS}.flatten(), dim=0).repeat(len(x))"},
)
WRONG.edit(
    "iwae_bound",
    "exp-then-log",
    "You leave the logarithms on the way. The weights of an ordinary image are far below the smallest float32: you wrote a function for that.",
    {BOUND: f"{WEIGHTS}.exp().mean(dim=1).log()"},
)
WRONG.edit(
    "iwae_bound",
    "always-one-sample",
    "Your bound does not use num_samples different samples: there is one, or copies of one, so it stays the ELBO. Does each sample have its own noise?",
    {"x, num_samples": "x, 1"},
)
WRONG.edit(
    "iwae_bound",
    "one-sample-too-many",
    "You draw one sample more than asked for. At num_samples = 1 the bound must be the ELBO.",
    {"x, num_samples": "x, num_samples + 1"},
)
WRONG.edit(
    "iwae_bound",
    "samples-are-copies",
    "Your bound does not use num_samples different samples: there is one, or copies of one, so it stays the ELBO. Does each sample have its own noise?",
    {
        BOUND: "log_mean_exp(log_importance_weights(model, x, num_samples)[:, :1].repeat(1, num_samples), dim=1)"
    },
)
WRONG.edit(
    "iwae_bound",
    "divided-by-num-samples",
    "You divide the logarithm by num_samples. The division belongs inside the logarithm, and log_mean_exp has done it.",
    {BOUND: BOUND + " / num_samples"},
)
WRONG.edit(
    "iwae_bound",
    "weighted-mean-of-the-log-weights",
    "You average the log weights, weighted by their shares. That sum appears in the *gradient* of the bound; as a value it is too high. What is the logarithm of the average weight?",
    {BOUND: f"(lambda a: (a.softmax(dim=1) * a).sum(dim=1))({WEIGHTS})"},
)
WRONG.edit(
    "iwae_bound",
    "count-subtracted-twice",
    "The logarithm of num_samples is subtracted twice. log_mean_exp has already divided by the count.",
    {BOUND: BOUND + " - math.log(num_samples)"},
)
WRONG.edit(
    "iwae_bound",
    "no-gradient",
    "The bound carries no gradient. Somebody may want to train with it: what switched it off?",
    {BOUND: BOUND + ".detach()"},
)
WRONG.edit(
    "iwae_bound",
    "encoder-cut-off",
    "No gradient reaches the encoder. Which part of the graph did you detach?",
    {
        BOUND: "log_mean_exp(log_w, dim=1) + sum(0 * p.sum() for p in model.parameters())",
        "return log_mean_exp": """mu, log_var = (t.detach() for t in model.encode(x))
    mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
    z = mu + sigma * torch.randn(len(x), num_samples, mu.shape[-1], dtype=mu.dtype)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    log_w = -bernoulli_nll(logits, x.unsqueeze(1)) + Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    log_w = log_w - Normal(mu, sigma).log_prob(z).sum(dim=-1)
    return log_mean_exp""",
    },
)

for id, message, edits in (
    ("count-of-the-batch", "You subtract the logarithm of the batch size. The average is over the samples: that of num_samples.", {BOUND: f"{WEIGHTS}.logsumexp(dim=1) - math.log(len(x))"}),
    ("smallest-weight", "You return the smallest log weight. Asked for is the logarithm of the average weight.", {BOUND: f"{WEIGHTS}.amin(dim=1)"}),
    ("median", "You return the median log weight. Asked for is the logarithm of the average weight.", {BOUND: f"{WEIGHTS}.median(dim=1).values"}),
    ("average-itself", "You return the average weight itself. Asked for is its logarithm.", {BOUND: f"({BOUND}).exp()"}),
    ("normalised-first", "The weights are normalised before the average, so every image gets -log(num_samples). Average the weights as they are.", {BOUND: f"log_mean_exp({WEIGHTS}.log_softmax(dim=1), dim=1)"}),
    ("sum-of-the-log-weights", "You add up the log weights. Average the weights, then take the logarithm.", {BOUND: f"{WEIGHTS}.sum(dim=1)"}),
    ("one-sample-less", "You draw one sample less than asked for.", {"x, num_samples": "x, max(num_samples - 1, 1)"}),
    ("twice-as-many-samples", "You draw twice as many samples as asked for. At num_samples = 1 the bound must be the ELBO.", {"x, num_samples": "x, 2 * num_samples"}),
    ("ten-samples-always", "You draw another number of samples than num_samples says.", {"x, num_samples": "x, 10"}),
    ("axis-kept", "The axis of the samples is still there, with size 1. One number per image, of shape (batch,).", {BOUND: BOUND + ".unsqueeze(1)"}),
    ("weights-returned", "You return all log weights. Asked for is the logarithm of their average, one number per image.", {BOUND: WEIGHTS}),
    ("always-float32", "The result is float32 also for a float64 model. Keep the dtype.", {BOUND: f"{BOUND}.float()"}),
    ("a-list", "You return a Python list. Asked for is a tensor.", {BOUND: BOUND + ".tolist()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return " + BOUND: BOUND}),
):  # fmt: skip
    WRONG.edit("iwae_bound", id, message, edits)

for id, message, edits in (
    ("likelihoods-averaged-and-kl-subtracted", "You average the likelihoods alone and subtract the KL in closed form. It is the weights that are averaged: p(x|z) p(z) / q(z|x), each at its own z.", {"return log_mean_exp(log_importance_weights(model, x, num_samples), dim=1)": """mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu.unsqueeze(1) + sigma.unsqueeze(1) * torch.randn(len(x), num_samples, mu.shape[-1]).to(mu)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return log_mean_exp(-bernoulli_nll(logits, x.unsqueeze(1)), dim=1) - kl"""}),
    ("sum-divided-outside", "You divide the logarithm by num_samples. The division belongs inside the logarithm, and log_mean_exp has done it.", {BOUND: f"{WEIGHTS}.logsumexp(dim=1) / num_samples"}),
    ("per-pixel", "You divide by the number of pixels. The bound is in nats per image.", {BOUND: f"{BOUND} / x.shape[1]"}),
    ("count-added", "The logarithm of num_samples has the wrong sign. Does the logarithm of a quotient add or subtract?", {BOUND: f"{WEIGHTS}.logsumexp(dim=1) + math.log(num_samples)"}),
    ("count-not-in-a-logarithm", "The count itself is subtracted. Outside of the logarithm it is its logarithm that is subtracted.", {BOUND: f"{WEIGHTS}.logsumexp(dim=1) - num_samples"}),
    ("divided-by-the-batch", "You divide by the number of images. There is one bound for each.", {BOUND: f"{BOUND} / len(x)"}),
):  # fmt: skip
    WRONG.edit("iwae_bound", id, message, edits)

# ------------------------------------------------------------------------------- log_likelihood

JOIN = "log_mean_exp(torch.cat(chunks, dim=1), dim=1)"
SIZE_LINE = "size = min(chunk_size, num_samples - start)"
APPEND = "chunks.append(log_importance_weights(model, x, size))"

WRONG.edit(
    "log_likelihood",
    "mean-of-the-chunks-bounds",
    "You average the bounds of the chunks. Those are logarithms: the result is the bound for chunk_size samples, however many chunks there are. What should be averaged instead?",
    {
        APPEND: "chunks.append(log_mean_exp(log_importance_weights(model, x, size), dim=1))",
        JOIN: "torch.stack(chunks).mean(dim=0)",
    },
)
WRONG.edit(
    "log_likelihood",
    "weighted-mean-of-the-chunks-bounds",
    "You average the bounds of the chunks, weighted by their sizes. They are still logarithms: the average must be taken of the weights.",
    {
        APPEND: "chunks.append(log_mean_exp(log_importance_weights(model, x, size), dim=1) * size / num_samples)",
        JOIN: "torch.stack(chunks).sum(dim=0)",
    },
)
WRONG.edit(
    "log_likelihood",
    "chunks-count-the-same",
    "Each chunk counts the same, so the samples of a small last chunk count more than the others. By what should a chunk's average be weighted?",
    {
        APPEND: "chunks.append(log_mean_exp(log_importance_weights(model, x, size), dim=1))",
        JOIN: "log_mean_exp(torch.stack(chunks), dim=0)",
    },
)
WRONG.edit(
    "log_likelihood",
    "last-chunk-too-large",
    "The last chunk is as large as the others, so you draw more samples than asked for. How many are left?",
    {SIZE_LINE: "size = chunk_size"},
)
WRONG.edit(
    "log_likelihood",
    "last-chunk-dropped",
    "You draw whole chunks only and drop the rest. How many samples are left after the last whole one?",
    {
        "range(0, num_samples, chunk_size)": "range(0, max(num_samples // chunk_size, 1) * chunk_size, chunk_size)"
    },
)
WRONG.edit(
    "log_likelihood",
    "only-the-last-chunk",
    "Only the last chunk is kept; the others were drawn for nothing. Where do you collect them?",
    {APPEND: "chunks = [log_importance_weights(model, x, size)]"},
)
WRONG.edit(
    "log_likelihood",
    "one-chunk-copied",
    "You draw one chunk and copy it. Copies do not add information: the bound stays that of chunk_size samples.",
    {
        "chunks = []": "chunks = []\n    with torch.no_grad():\n        first = log_importance_weights(model, x, min(chunk_size, num_samples))",
        APPEND: "chunks.append(first[:, :size])",
    },
)
WRONG.edit(
    "log_likelihood",
    "everything-at-once",
    "You decode all samples at once: the answer is right and the memory is not bounded. What is chunk_size for?",
    {"range(0, num_samples, chunk_size)": "range(1)", SIZE_LINE: "size = num_samples"},
)
WRONG.edit(
    "log_likelihood",
    "batch-in-chunks",
    "You cut the batch into chunks and decode all samples of each image at once. With thousands of samples one image is already too much: it is the samples that come in chunks.",
    {
        "range(0, num_samples, chunk_size)": "range(0, len(x), chunk_size)",
        SIZE_LINE: "part = x[start : start + chunk_size]",
        # Its own weights: hundreds of calls of a reference that stands in for them would take minutes.
        "chunks = []": """def weights(part):
        mu, log_var = model.encode(part)
        mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)
        z = mu + sigma * torch.randn(len(part), num_samples, mu.shape[-1], dtype=mu.dtype)
        logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(part), num_samples))
        log_joint = -bernoulli_nll(logits, part.unsqueeze(1)) + Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
        return log_joint - Normal(mu, sigma).log_prob(z).sum(dim=-1)

    chunks = []""",
        APPEND: "chunks.append(weights(part))",
        "torch.cat(chunks, dim=1)": "torch.cat(chunks, dim=0)",
    },
)
WRONG.edit(
    "log_likelihood",
    "graph-kept",
    "The estimate carries a graph: every chunk's logits are kept for a gradient that nobody needs, so the memory grows all the same. What switches that off?",
    {"torch.no_grad()": "torch.enable_grad()"},
)
WRONG.edit(
    "log_likelihood",
    "graph-recorded-and-thrown-away",
    "The result carries no gradient, but gradients are switched on while you decode, so that a graph of every chunk may be kept that nobody needs. What switches them off for the whole estimate?",
    {"torch.no_grad()": "torch.enable_grad()", JOIN: JOIN + ".detach()"},
)
WRONG.edit(
    "log_likelihood",
    "gradients-switched-off-for-good",
    "Gradients stay switched off for the rest of the program, so the next training fails. Use torch.no_grad() as a block.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "log_likelihood",
    "count-of-whole-chunks",
    "You divide by the number of chunks times chunk_size. The last chunk may be smaller: how many samples were there?",
    {JOIN: "torch.cat(chunks, dim=1).logsumexp(dim=1) - math.log(len(chunks) * chunk_size)"},
)
WRONG.edit(
    "log_likelihood",
    "sum-of-the-weights",
    "The weights are summed, not averaged: log(num_samples) is missing.",
    {JOIN: "torch.cat(chunks, dim=1).logsumexp(dim=1)"},
)
WRONG.edit(
    "log_likelihood",
    "mean-of-the-log-weights",
    "You average the log weights. That is the ELBO, however many samples you take.",
    {JOIN: "torch.cat(chunks, dim=1).mean(dim=1)"},
)
WRONG.edit(
    "log_likelihood",
    "exp-then-log",
    "You add up the weights themselves, and those of an ordinary image are far below the smallest float32. Stay in logarithms.",
    {
        APPEND: "chunks.append(log_importance_weights(model, x, size).exp())",
        JOIN: "torch.cat(chunks, dim=1).mean(dim=1).log()",
    },
)
WRONG.edit(
    "log_likelihood",
    "running-sum-started-at-one",
    "Your running logarithm starts at 0, which is the logarithm of 1: a weight of 1 is added to all others, and beside it they vanish. What is the logarithm of nothing?",
    {
        "chunks = []": "total = torch.zeros(len(x), dtype=x.dtype)",
        APPEND: "total = torch.logaddexp(total, log_importance_weights(model, x, size).logsumexp(dim=1))",
        JOIN: "total - math.log(num_samples)",
    },
)
WRONG.edit(
    "log_likelihood",
    "negative",
    "The sign is that of a loss. The function is called log_likelihood.",
    {JOIN: "-" + JOIN},
)
WRONG.edit(
    "log_likelihood",
    "one-number-for-the-batch",
    "You return one number for the whole batch. Keep one per image; whoever wants the mean can take it.",
    {JOIN: JOIN + ".mean()"},
)

ONE_BY_CHUNKS = "chunks.append(log_mean_exp(log_importance_weights(model, x, size), dim=1))"

for id, message, edits in (
    ("count-of-the-chunks", "You subtract the logarithm of the number of chunks. The average is over all samples: that of num_samples.", {JOIN: "torch.cat(chunks, dim=1).logsumexp(dim=1) - math.log(len(chunks))"}),
    ("count-of-one-chunk", "You divide by chunk_size. The average is over all samples: num_samples.", {JOIN: "torch.cat(chunks, dim=1).logsumexp(dim=1) - math.log(chunk_size)"}),
    ("count-of-the-batch", "You subtract the logarithm of the batch size. The average is over the samples: that of num_samples.", {JOIN: "torch.cat(chunks, dim=1).logsumexp(dim=1) - math.log(len(x))"}),
    ("last-chunk-by-the-remainder", "Your code stops where num_samples is a multiple of chunk_size: a last chunk of num_samples % chunk_size samples is empty there. Its size is num_samples - start.", {SIZE_LINE: "size = chunk_size if start + chunk_size < num_samples else num_samples % chunk_size"}),
    ("best-chunk", "You return the largest of the chunks' bounds. Average the weights of all chunks.", {APPEND: ONE_BY_CHUNKS, JOIN: "torch.stack(chunks).amax(dim=0)"}),
    ("sum-of-the-chunks-bounds", "You add up the bounds of the chunks. They are logarithms: join the weights of all chunks, then average.", {APPEND: ONE_BY_CHUNKS, JOIN: "torch.stack(chunks).sum(dim=0)"}),
    ("first-chunk-only", "Only the first chunk is used. Draw num_samples samples in all.", {JOIN: "log_mean_exp(chunks[0], dim=1)"}),
    ("returned-in-the-loop", "Only the first chunk is used. Draw num_samples samples in all.", {APPEND: "return log_mean_exp(log_importance_weights(model, x, size), dim=1)"}),
    ("largest-weight", "You return the largest log weight. The others and the count belong to the average too.", {JOIN: "torch.cat(chunks, dim=1).amax(dim=1)"}),
    ("count-subtracted-twice", "The logarithm of num_samples is subtracted twice. log_mean_exp has already divided by the count.", {JOIN: JOIN + " - math.log(num_samples)"}),
    ("average-itself", "You return the average weight itself. Asked for is its logarithm.", {JOIN: JOIN + ".exp()"}),
    ("sum-over-the-batch", "You return one number for the whole batch. Keep one per image; whoever wants the mean can take it.", {JOIN: JOIN + ".sum()"}),
    ("axis-kept", "The axis of the samples is still there, with size 1. One number per image, of shape (batch,).", {JOIN: JOIN + ".unsqueeze(1)"}),
    ("pooled", "You average the weights of all images together. Each image has an evidence of its own.", {JOIN: "log_mean_exp(torch.cat(chunks, dim=1).flatten(), dim=0).repeat(len(x))"}),
    ("frozen-parameters", "The parameters of the model are frozen afterwards. Use torch.no_grad() and leave requires_grad alone.", {"with torch.no_grad():": "for p in model.parameters():\n        p.requires_grad = False\n    if True:"}),
    ("a-list", "You return a Python list. Asked for is a tensor.", {JOIN: JOIN + ".tolist()"}),
    ("nothing-returned", "The function returns None: the `return` is missing.", {"return " + JOIN: JOIN}),
    ("one-sample-too-many", "You draw one sample more in each chunk than asked for. How many are left?", {SIZE_LINE: SIZE_LINE + " + 1"}),
    ("one-at-a-time-of-chunks", "chunk_size is taken for the number of chunks: the chunks are too large. It is the number of samples per image at once.", {"range(0, num_samples, chunk_size)": "range(0, num_samples, -(-num_samples // chunk_size))", SIZE_LINE: "size = min(-(-num_samples // chunk_size), num_samples - start)"}),
):  # fmt: skip
    WRONG.edit("log_likelihood", id, message, edits)

ZEROS = "total = torch.zeros(len(x))"
for id, message, edits in (
    ("exp-then-log-in-float32", "You add up the weights themselves, and those of an ordinary image are far below the smallest float32. Stay in logarithms.", {"chunks = []": ZEROS, APPEND: "total += log_importance_weights(model, x, size).exp().sum(dim=1)", JOIN: "(total / num_samples).log()"}),
    ("weighted-mean-of-bounds-in-float32", "You average the bounds of the chunks, weighted by their sizes. They are still logarithms: the average must be taken of the weights.", {"chunks = []": ZEROS, APPEND: "total += size * iwae_bound(model, x, size)", JOIN: "total / num_samples"}),
    ("mean-of-bounds-in-float32", "You average the bounds of the chunks. Those are logarithms: the result is the bound for chunk_size samples, however many chunks there are. What should be averaged instead?", {"chunks = []": ZEROS + "\n    number = 0", APPEND: "total += iwae_bound(model, x, size)\n            number += 1", JOIN: "total / number"}),
    ("sum-of-log-weights-in-float32", "You average the log weights. That is the ELBO, however many samples you take.", {"chunks = []": ZEROS, APPEND: "total += log_importance_weights(model, x, size).sum(dim=1)", JOIN: "total / num_samples"}),
    ("always-float32", "The result is float32 also for a float64 model. Keep the dtype.", {JOIN: JOIN + ".float()"}),
    ("running-half", "Each new chunk counts as much as all before it, so later samples count more. By what should a chunk be weighted?", {APPEND: "bound = iwae_bound(model, x, size)\n            chunks = [bound if not chunks else torch.logaddexp(chunks[0], bound) - math.log(2)]", JOIN: "chunks[0]"}),
    ("running-half-of-the-bounds", "Each new chunk counts as much as all before it, and it is logarithms that you average. What should be averaged, and how is a chunk weighted?", {APPEND: "bound = iwae_bound(model, x, size)\n            chunks = [bound if not chunks else 0.5 * (chunks[0] + bound)]", JOIN: "chunks[0]"}),
    ("a-full-chunk-too-many", "Where num_samples is a multiple of chunk_size you draw a whole chunk too many. How many samples are left for the last chunk?", {"for start in range(0, num_samples, chunk_size)": "rest = num_samples % chunk_size or chunk_size\n        for start in [*range(0, num_samples // chunk_size), -1]", SIZE_LINE: "size = rest if start == -1 else chunk_size"}),
    ("no-last-chunk-where-it-is-full", "Where num_samples is a multiple of chunk_size the last chunk is missing, or holds one sample. How many samples are left for it?", {"for start in range(0, num_samples, chunk_size)": "rest = num_samples % chunk_size\n        whole = [chunk_size] * (-(-num_samples // chunk_size) - 1)\n        for size in whole + ([max(rest, 1)] if rest or not whole else [])", SIZE_LINE: "pass"}),
    ("one-chunk-too-many", "The range of your loop is one chunk too long, so more samples are drawn than asked for.", {"range(0, num_samples, chunk_size)": "range(0, num_samples + chunk_size, chunk_size)", SIZE_LINE: "size = chunk_size"}),
    ("per-pixel", "You divide by the number of pixels. The estimate is in nats per image.", {JOIN: JOIN + " / x.shape[1]"}),
    ("chunk-sizes-added-for-their-logarithm", "Each chunk's bound is weighted by its size outside of a logarithm. Inside the exponent a factor becomes a sum: what is added?", {APPEND: "chunks.append(iwae_bound(model, x, size) * size / num_samples)", JOIN: "torch.stack(chunks).logsumexp(dim=0)"}),
):  # fmt: skip
    WRONG.edit("log_likelihood", id, message, edits)

ADDED = "You add noise to x and cut at one half, so dark pixels are never 1 or too often. Compare a uniform number with x itself."
for id, noise in {
    "uniform-quarter": "0.5 * (torch.rand_like(x) - 0.5)",
    "uniform-tenth": "0.2 * (torch.rand_like(x) - 0.5)",
    "uniform-one": "2 * (torch.rand_like(x) - 0.5)",
    "half-uniform": "0.5 * torch.rand_like(x)",
    "gaussian-fifth": "0.2 * torch.randn_like(x)",
    "gaussian-quarter": "0.25 * torch.randn_like(x)",
    "gaussian-third": "0.3 * torch.randn_like(x)",
    "gaussian-half": "0.5 * torch.randn_like(x)",
}.items():
    WRONG.edit("binarize", f"noise-added-{id}", ADDED, {DRAW: f"(x + {noise} > 0.5).to(x.dtype)"})
for id, message, edits in (
    ("only-for-784-pixels", "The noise has a fixed size, so the function works for 784 pixels only. Which shape has x?", {RAND: "torch.rand(x.shape[0], 784, dtype=x.dtype)"}),
    ("threshold-drawn-once-per-pixel-and-kept", "You return the random numbers, or x, in place of the comparison. Asked for are zeros and ones.", {DRAW: "torch.rand_like(x)"}),
    ("x-returned", "You return the random numbers, or x, in place of the comparison. Asked for are zeros and ones.", {DRAW: "x.clone()"}),
    ("brighter-than-zero", "Every pixel that is not black becomes 1. With which probability should a pixel of 0.4 be 1?", {DRAW: "(x > 0).to(x.dtype)"}),
    ("all-black-or-white-by-the-mean-draw", "The image as a whole is black or white. Each pixel has a draw of its own.", {DRAW: "(torch.rand(len(x), *[1] * (x.ndim - 1)).to(x) < x.flatten(1).mean(1).view(-1, *[1] * (x.ndim - 1))).to(x.dtype).expand(x.shape).clone()"}),
):  # fmt: skip
    WRONG.edit("binarize", id, message, edits)

for exercise, criterion, ids in (
    ("log_mean_exp", "dimension", ("values-beyond-zero-dropped",)),
    (
        "log_importance_weights",
        "gradient",
        (
            "mean-over-latent-dimensions",
            "q-mean-over-dimensions",
            "prior-mean-over-dimensions",
            "sigma-too-small",
            "sigma-one",
            "q-at-mu",
            "prior-with-the-scale-of-q",
        ),
    ),
    (
        "log_importance_weights",
        "fresh samples",
        ("normalised", "all-summed-over-everything", "likelihood-averaged-over-samples"),
    ),
    ("iwae_bound", "gradient", ("largest-weight", "weighted-mean-of-the-log-weights")),
    ("iwae_bound", "shape", ("average-itself",)),
    ("log_likelihood", "shape", ("average-itself",)),
):
    for id in ids:
        WRONG.settle(exercise, id, criterion)

WRONG.edit(
    "log_importance_weights",
    "log-var-cut-off",
    "log_var is cut off at some size, so the densities of a very narrow or very wide q are wrong. Use it as it is.",
    {
        "    mu, sigma = mu.unsqueeze": "    log_var = log_var.clamp(-10, 10)\n    mu, sigma = mu.unsqueeze"
    },
)

WRONG.edit(
    "log_likelihood",
    "into-evaluation-mode",
    "A model that came in training mode leaves in evaluation mode. It should stay as it was.",
    {"    chunks = []\n": "    model.eval()\n    chunks = []\n"},
)

DARK = "Nearly all pixels are 0, also those of white. x already is a probability: what makes yours so small?"
WRONG.edit("binarize", "divided-by-255", DARK, {"< x)": "< x / 255)"})
for id, message, code in (
    ("float64-without-a-gradient", "The result is float64 also for float32 values, and carries no gradient. Stay in PyTorch: NumPy knows of neither.", f"({BOTH}).detach().double()"),
    ("float32-without-a-gradient", "The result is float32 also for float64 values, and carries no gradient. Which line makes a new tensor?", f"({BOTH}).detach().float()"),
):  # fmt: skip
    WRONG.edit("log_mean_exp", id, message, {BOTH: code})

WHOLE = "You return whole numbers, of an integer type. The effective sample size need not be a whole number: keep the dtype."
NO_ROW = "Log weights near -120 give a size far above num_samples: all their exponentials are 0, and a small number beside them does not help. Does the result change if you subtract the largest of each row first?"
VARIANCE = "You come by way of the variance of the weights, and put it in wrongly: it is num_samples / (1 + V), with V the variance (divided by num_samples, of weights whose mean is 1)."
K = "log_weights.shape[1]"
RELATIVE = f"({SHARES} * {K} - 1)"
for id, message, code in (
    ("rounded-to-integers", WHOLE, f"({SIZE}).round().long()"),
    ("cut-to-integers", WHOLE, f"({SIZE} + 1e-3).long()"),
    ("rounded-up-to-integers", WHOLE, f"({SIZE} - 1e-3).ceil().long()"),
    ("rounded-up", "You round. The effective sample size need not be a whole number.", f"({SIZE} - 1e-3).ceil()"),
    ("cut", "You round. The effective sample size need not be a whole number.", f"({SIZE} + 1e-3).floor()"),
    ("largest-of-all-rows-subtracted-before-the-shares", "You subtract the largest log weight of the whole batch, so the rows far below it vanish. Which largest value does each row need?", "(lambda w: 1 / (w / w.sum(dim=1, keepdim=True)).square().sum(dim=1))((log_weights - log_weights.max()).exp())"),
    ("unbiased-variance-of-one", "You come by way of the variance of the weights, with num_samples - 1 below the line, so a single weight gives NaN. (sum w)^2 / sum w^2 has no such correction: which of the two variances divides by num_samples?", f"{K} / (1 + {RELATIVE}.square().sum(dim=1) / ({K} - 1))"),
    ("deviation-for-variance", VARIANCE, f"{K} / (1 + {RELATIVE}.square().mean(dim=1).sqrt())"),
    ("unbiased-deviation-for-variance", VARIANCE, f"{K} / (1 + ({RELATIVE}.square().sum(dim=1) / ({K} - 1)).sqrt())"),
    ("variance-of-the-shares", VARIANCE, f"{K} / (1 + ({RELATIVE} / {K}).square().mean(dim=1))"),
    ("variance-without-the-one", VARIANCE, f"{K} / {RELATIVE}.square().mean(dim=1)"),
    ("small-numbers-added", NO_ROW, "(lambda w: 1 / ((w / (w.sum(dim=1, keepdim=True) + 1e-8)).square().sum(dim=1) + 1e-8))(log_weights.exp())"),
    ("small-number-above-only", "Log weights near -120 give 0: all their exponentials are 0, and a small number beside them does not help. Does the result change if you subtract the largest of each row first?", "(lambda w: w.sum(dim=1).square() / (w.square().sum(dim=1) + 1e-8))(log_weights.exp())"),
):  # fmt: skip
    WRONG.edit("effective_sample_size", id, message, {SIZE: code})

TOP_OUTSIDE = "You shift the log weights by the largest one, and do not add it back to the logarithm. log_mean_exp does both."
for id, message, code in (
    ("harmonic", "You average one over the weights: the sign is turned before the average. Your bound falls with num_samples.", f"-log_mean_exp(-{WEIGHTS}, dim=1)"),
    ("harmonic-sum", "You add up one over the weights: the sign is turned before the sum. Your bound falls with num_samples.", f"-(-{WEIGHTS}).logsumexp(dim=1)"),
    ("largest-added-in-the-logarithm", TOP_OUTSIDE, f"(lambda a: (lambda m: ((a - m).exp().mean(dim=1) + m.exp().squeeze(1)).log())(a.detach().amax(dim=1, keepdim=True)))({WEIGHTS})"),
    ("largest-not-added-back", TOP_OUTSIDE, f"(lambda a: (a - a.detach().amax(dim=1, keepdim=True)).exp().mean(dim=1).log())({WEIGHTS})"),
    ("largest-with-gradient-not-added-back", TOP_OUTSIDE, f"(lambda a: (a - a.amax(dim=1, keepdim=True)).exp().mean(dim=1).log())({WEIGHTS})"),
):  # fmt: skip
    WRONG.edit("iwae_bound", id, message, {BOUND: code})
WRONG.edit(
    "iwae_bound",
    "the-seed-is-set-inside",
    "A seed is set inside, so every call draws the same samples. What does the mean of ten calls then tell?",
    {"return ": "torch.manual_seed(0)\n    return "},
)

SAME = "A seed is set inside, so every call draws the same samples. Whose random numbers are they?"
for id, message, edits in (
    ("last-chunk-not-drawn-at-all", "You draw whole chunks only: the rest is missing, and where chunk_size is above num_samples there is nothing. How many samples are left after the last whole chunk?", {"range(0, num_samples, chunk_size)": "range(num_samples // chunk_size)", SIZE_LINE: "size = chunk_size"}),
    ("range-from-one", "One sample less than asked for is drawn. Where does your range start, and where does it end?", {"range(0, ": "range(1, "}),
    ("clears-the-gradients", "Gradients that the model had are gone or changed. Leave them alone: torch.no_grad() is all that is needed.", {"    chunks = []": "    model.zero_grad()\n    chunks = []"}),
    ("the-seed-is-set-inside", SAME, {"    chunks = []": "    torch.manual_seed(0)\n    chunks = []"}),
    ("the-seed-is-set-in-each-chunk", "A seed is set for each chunk, so all chunks are copies of the first, and every call draws the same samples. Does each sample have its own noise?", {SIZE_LINE: SIZE_LINE + "\n            torch.manual_seed(0)"}),
    ("negative-mean", "You return one number for the whole batch, with the sign of a loss. Keep one estimate per image.", {JOIN: f"-{JOIN}.mean()"}),
    ("negative-sum", "You return one number for the whole batch, with the sign of a loss. Keep one estimate per image.", {JOIN: f"-{JOIN}.sum()"}),
):  # fmt: skip
    WRONG.edit("log_likelihood", id, message, edits)

# Found by unseen answers, round 5.
ROWS_AHEAD = "The rows of the images are put back in the wrong order, so weights of different images are averaged. After repeat_interleave, which changes faster, the image or the sample?"
ONE_SHIFT = "You subtract one number, the largest of the batch, from all images. For an image far less probable than the best one all exponentials are then 0. Which axis does the shift belong to?"
for exercise, id, message, edits in (
    ("binarize", "images-as-rows", "Images with rows and columns come back as long rows. Keep the shape of x.", {DRAW: DRAW + ".flatten(min(1, x.ndim - 1))"}),
    ("binarize", "bright-pixels-for-sure", "Pixels above one half become 1 for sure, and only the darker ones are drawn. With which probability should a pixel of 0.7 be 1?", {DRAW: "((torch.rand_like(x) < x) | (x > 0.5)).to(x.dtype)"}),
    ("binarize", "dark-pixels-for-sure", "Pixels below one half become 0 for sure, and only the brighter ones are drawn. With which probability should a pixel of 0.3 be 1?", {DRAW: "((torch.rand_like(x) < x) & (x > 0.5)).to(x.dtype)"}),
    ("log_mean_exp", "log-base-ten", "A logarithm of another base is mixed in. Use natural logarithms: math.log.", {"math.log(": "math.log10("}),
    ("log_mean_exp", "negative-dim-counted-one-off", "A negative dim is turned into the dimension before the one it means: -1 is the last. `dim % values.ndim` counts it from the front.", {BOTH: "(lambda d: torch.logsumexp(values, dim=d) - math.log(values.shape[d]))(dim if dim >= 0 else values.ndim - 1 + dim)"}),
    ("log_mean_exp", "largest-with-two-gradients", "The gradient has a part too many: the largest value is detached where you subtract it, and not where you add it back. Detach it at both places or at none.", {BOTH: "(values - values.amax(dim=dim, keepdim=True).detach()).exp().mean(dim=dim).log() + values.amax(dim=dim)"}),
    ("log_mean_exp", "first-value-subtracted", "You subtract the first value along dim. Where another one is much larger, its exponential overflows: which value can you subtract so that none does?", {BOTH: "(values - values.narrow(dim, 0, 1)).exp().mean(dim=dim).log() + values.select(dim, 0)"}),
    ("log_importance_weights", "probabilities-cut-off", "Probabilities or logits are cut off, so a pixel that is quite wrong costs too little. `bernoulli_nll` takes logits of any size.", {PX: "(lambda p: (x.unsqueeze(1) * p.log() + (1 - x.unsqueeze(1)) * (1 - p).log()).sum(dim=-1))(x_logits.sigmoid().clamp(1e-6, 1 - 1e-6))"}),
    ("log_importance_weights", "codes-decoded-of-another-draw", "The pixels are decoded from another draw of z than the one whose densities you take. All three densities belong to the same z.", {"model.decode(z.flatten(0, 1))": "model.decode((mu + sigma * torch.randn_like(z)).flatten(0, 1))"}),
    ("iwae_bound", "elbo-with-the-kl-in-closed-form", "That is the ELBO: likelihoods averaged as logarithms, minus the KL in closed form. More samples do not raise it. What is averaged inside the logarithm?", {"return " + BOUND: """mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu.unsqueeze(1) + sigma.unsqueeze(1) * torch.randn(len(x), num_samples, mu.shape[-1]).to(mu)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, (len(x), num_samples))
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return -bernoulli_nll(logits, x.unsqueeze(1)).mean(dim=1) - kl"""}),
    ("iwae_bound", "rows-in-the-wrong-order", ROWS_AHEAD, {BOUND: "log_mean_exp(log_importance_weights(model, x.repeat_interleave(num_samples, dim=0), 1).view(num_samples, len(x)), dim=0)"}),
    ("iwae_bound", "gradient-twice", "The bound is right, and its gradient is twice as large as it should be: you add the gradient once more to a value that carries it already.", {"return " + BOUND: f"bound = {BOUND}\n    return bound + bound - bound.detach()"}),
    ("iwae_bound", "squeezed", SQUEEZED, {BOUND: f"{BOUND}.squeeze()"}),
    ("iwae_bound", "largest-of-the-batch", ONE_SHIFT, {"return " + BOUND: f"log_w = {WEIGHTS}\n    return log_w.max() + (log_w - log_w.max()).exp().mean(dim=1).log()"}),
    ("iwae_bound", "log-weights-cut-off", "Log weights far below zero are cut off, so the bound of improbable images is too high. The docstring names images of probability e^-480.", {WEIGHTS: f"{WEIGHTS}.clamp(min=-100)"}),
    ("log_likelihood", "last-chunk-not-cut", "The last chunk is as large as the others, so you draw more samples than asked for. How many are left?", {SIZE_LINE: "size = min(chunk_size, num_samples)"}),
    ("log_likelihood", "range-one-too-short", "Your range ends one before num_samples, so a last chunk of a single sample is not drawn. How many samples are drawn for 5 in chunks of 2?", {"range(0, num_samples, chunk_size)": "range(0, max(num_samples - 1, 1), chunk_size)"}),
    ("log_likelihood", "into-training-mode", "A model that came in evaluation mode leaves in training mode. It should stay as it was.", {"    chunks = []\n": "    model.train()\n    chunks = []\n"}),
    ("log_likelihood", "chunk-divided-by-the-batch", "You divide chunk_size by the number of images, and get 0 where there are more images than chunk_size. It counts samples of each image: batch * chunk_size rows may be decoded at once.", {"    chunks = []\n": "    chunk_size = chunk_size // len(x)\n    chunks = []\n"}),
    ("log_likelihood", "thawed", "After the call all weights require gradients, also those that did not before: `requires_grad_(True)` switches them all on. `torch.no_grad()` needs no such switch.", {"    with torch.no_grad():\n": "    model.requires_grad_(False)\n    if True:\n", "        return " + JOIN: f"        model.requires_grad_(True)\n        return {JOIN}"}),
    ("log_likelihood", "thawed-without-a-graph", "After the call all weights require gradients, also those that did not before: `requires_grad_(True)` switches them all on. `torch.no_grad()` needs no such switch.", {"        return " + JOIN: f"        model.requires_grad_(True)\n        return {JOIN}"}),
):  # fmt: skip
    WRONG.edit(exercise, id, message, edits)

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("binarize", "the-seed-is-set-inside", "probability"),
    ("log_importance_weights", "variance-in-q-only", "gradient"),
    ("log_importance_weights", "q-at-a-fresh-sample", "gradient"),
    ("log_importance_weights", "exponentiated", "fresh samples"),
    ("log_importance_weights", "normalised", "shape"),
    ("log_importance_weights", "log-sigma-halved", "gradient"),
    ("iwae_bound", "one-sample-too-many", "gradient"),
):
    WRONG.settle(exercise, id, *criteria)
