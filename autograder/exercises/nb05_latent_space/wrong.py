"""Known wrong solutions of lesson 05: published bugs first, then classroom mistakes."""

from autograder.exercises.known_answers import Bank

WRONG = Bank("05_latent_space")

# -------------------------------------------------------------------------------------- latent_grid

WRONG.edit(
    "latent_grid",
    "equal-steps-in-z",
    "Your steps are equal in z. Equal steps in probability are wide in the tails and narrow in the middle: go from probabilities to "
    "quantiles.",
    {
        "Normal(0.0, 1.0).icdf(probabilities)": "torch.linspace(-1, 1, num_steps) * Normal(0.0, 1.0).icdf(probabilities).max()"
    },
)
WRONG.edit(
    "latent_grid",
    "from-minus-one-to-one",
    "A square from -1 to 1 in equal steps shows only 47 % of the prior. The prior's quantiles decide where the grid lies.",
    {"Normal(0.0, 1.0).icdf(probabilities)": "torch.linspace(-1, 1, num_steps)"},
)
WRONG.edit(
    "latent_grid",
    "from-minus-two-to-two",
    "Equal steps from -2 to 2 ignore the prior. Make the steps equal in probability.",
    {"Normal(0.0, 1.0).icdf(probabilities)": "torch.linspace(-2, 2, num_steps)"},
)
WRONG.edit(
    "latent_grid",
    "upside-down",
    "Your picture is upside down: its first row has the lowest z_2. A picture is filled from the top, and a map has its high z_2 there.",
    {"quantiles.flip(0), quantiles": "quantiles, quantiles"},
)
WRONG.edit(
    "latent_grid",
    "axes-swapped",
    "The two coordinates are swapped: along a row of the picture z_1 should change and z_2 stay.",
    {"[z_1.flatten(), z_2.flatten()]": "[z_2.flatten(), z_1.flatten()]"},
)
WRONG.edit(
    "latent_grid",
    "meshgrid-xy",
    "Your picture is transposed. Which number should change from row to row? With `meshgrid` the `indexing` decides it, with loops their order.",
    {'indexing="ij"': 'indexing="xy"'},
)
WRONG.edit(
    "latent_grid",
    "right-to-left",
    "Your rows run from right to left: z_1 should grow along a row.",
    {"quantiles.flip(0), quantiles,": "quantiles.flip(0), quantiles.flip(0),"},
)
WRONG.edit(
    "latent_grid",
    "transposed-and-not-flipped",
    "Each row of your list keeps z_1 and moves z_2: the picture is filled column by column. It is filled row by row, from the top.",
    {
        "quantiles.flip(0), quantiles,": "quantiles, quantiles,",
        "[z_1.flatten(), z_2.flatten()]": "[z_2.flatten(), z_1.flatten()]",
    },
)
WRONG.edit(
    "latent_grid",
    "tail-on-one-side-only",
    "Your probabilities run from 1 - coverage to coverage, so both tails are twice as large as they should be: the tails share what is left.",
    {"(1 - coverage) / 2, (1 + coverage) / 2": "1 - coverage, coverage"},
)
WRONG.edit(
    "latent_grid",
    "one-sided",
    "Your probabilities start at 0 or end at 1 on one side only, so the grid is not centred. Leave the same tail on both sides.",
    {"(1 - coverage) / 2, (1 + coverage) / 2": "(1 - coverage) / 2, coverage"},
)
WRONG.edit(
    "latent_grid",
    "coverage-ignored",
    "Your grid covers the same whatever `coverage` is.",
    {"(1 - coverage) / 2, (1 + coverage) / 2": "0.025, 0.975"},
)
WRONG.edit(
    "latent_grid",
    "edges-at-infinity",
    "The quantiles of the probabilities 0 and 1 are infinite. Keep to the middle share of the probability.",
    {"(1 - coverage) / 2, (1 + coverage) / 2": "0.0, 1.0"},
)
WRONG.edit(
    "latent_grid",
    "middles-of-cells",
    "Your probabilities are the middles of cells. The first and the last point belong at the two ends of the covered share.",
    {
        "probabilities = torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)": "probabilities = 0.5 + coverage * ((torch.arange(num_steps) + 0.5) / num_steps - 0.5)"
    },
)
WRONG.edit(
    "latent_grid",
    "probabilities-not-quantiles",
    "These are the probabilities themselves. Which z has this much of the prior below it?",
    {"Normal(0.0, 1.0).icdf(probabilities)": "probabilities"},
)
WRONG.edit(
    "latent_grid",
    "cdf-instead-of-quantile",
    "`cdf` turns a value into a probability. You need its inverse.",
    {".icdf(": ".cdf("},
)
WRONG.edit(
    "latent_grid",
    "a-picture-instead-of-a-list",
    "The decoder takes a list of codes: flatten the grid to (num_steps**2, 2).",
    {"[z_1.flatten(), z_2.flatten()], dim=1": "[z_1, z_2], dim=-1"},
)
WRONG.edit(
    "latent_grid",
    "double-precision",
    "Your grid is float64, and the decoder's weights are float32: they cannot be multiplied. Return float32.",
    {"[z_1.flatten(), z_2.flatten()], dim=1)": "[z_1.flatten(), z_2.flatten()], dim=1).double()"},
)

# -------------------------------------------------------------------------------------- interpolate

WRONG.edit(
    "interpolate",
    "end-point-missing",
    "Your path stops one step before the end. With num_steps points there are num_steps - 1 steps.",
    {
        "torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)": "(torch.arange(num_steps, dtype=z_start.dtype) / num_steps)"
    },
)
WRONG.edit(
    "interpolate",
    "one-point-too-many",
    "num_steps counts points, not gaps: your path has one point too many.",
    {"0, 1, num_steps,": "0, 1, num_steps + 1,"},
)
WRONG.edit(
    "interpolate",
    "both-ends-missing",
    "Both end points belong to the path; yours holds only what lies between them.",
    {"0, 1, num_steps,": "0, 1, num_steps + 2,", "[:, None]": "[1:-1, None]"},
)
WRONG.edit(
    "interpolate",
    "start-point-missing",
    "The first point should be z_start itself.",
    {"0, 1, num_steps,": "0, 1, num_steps + 1,", "[:, None]": "[1:, None]"},
)
WRONG.edit(
    "interpolate",
    "backwards",
    "Your path runs from z_end to z_start.",
    {"(1 - t) * z_start + t * z_end": "t * z_start + (1 - t) * z_end"},
)
WRONG.edit(
    "interpolate",
    "difference-not-taken",
    "At t = 1 your formula gives z_start + z_end. The step to walk is the difference of the two.",
    {"(1 - t) * z_start + t * z_end": "z_start + t * z_end"},
)
WRONG.edit(
    "interpolate",
    "kept-on-the-sphere",
    "Your points are rescaled to a fixed length. A straight line cuts through the shell; that is what you want to see here.",
    {
        "return (1 - t) * z_start + t * z_end": "z = (1 - t) * z_start + t * z_end\n    return z / z.norm(dim=1, keepdim=True) * z_start.norm()"
    },
)
WRONG.edit(
    "interpolate",
    "cosine-pace",
    "Your points lie on the line but are not evenly spaced.",
    {"    return (1 - t)": "    t = (1 - torch.cos(torch.pi * t)) / 2\n    return (1 - t)"},
)
WRONG.edit(
    "interpolate",
    "transposed",
    "One row per point, one column per dimension: yours is transposed.",
    {"(1 - t) * z_start + t * z_end": "((1 - t) * z_start + t * z_end).T"},
)
WRONG.edit(
    "interpolate",
    "always-single-precision",
    "Your path is float32 whatever comes in. It should have the dtype of the codes.",
    {"(1 - t) * z_start + t * z_end": "((1 - t) * z_start + t * z_end).float()"},
)
WRONG.edit(
    "interpolate",
    "random-places",
    "Your places along the line are random. They should be evenly spaced.",
    {
        "    return (1 - t)": "    t = torch.rand(num_steps, 1, dtype=z_start.dtype).sort(dim=0).values\n    return (1 - t)"
    },
)
WRONG.edit(
    "interpolate",
    "z-end-overwritten",
    "Your function changes one of its arguments: an operation with a trailing underscore, or `-=`, writes into the caller's code.",
    {"(1 - t) * z_start + t * z_end": "z_start + t * z_end.sub_(z_start)"},
)

# -------------------------------------------------------------------------------------------- slerp

WRONG.edit(
    "slerp",
    "raw-dot-product",
    "You take the arc cosine of the raw dot product, which is no cosine unless both vectors have length 1. Divide by both lengths.",
    {"F.cosine_similarity(z_start, z_end, dim=0)": "torch.dot(z_start, z_end)"},
)
WRONG.edit(
    "slerp",
    "lengths-lost",
    "You mix the normalised vectors, so the path runs on the unit sphere and misses its ends. Normalise for the angle only.",
    {
        "torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end": "torch.sin((1 - t) * theta) * F.normalize(z_start, dim=0) + torch.sin(t * theta) * F.normalize(z_end, dim=0)"
    },
)
WRONG.edit(
    "slerp",
    "straight-line",
    "This is the straight line. The weights of slerp are sines.",
    {
        "mixed = torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end": "return (1 - t) * z_start + t * z_end"
    },
)
WRONG.edit(
    "slerp",
    "raw-dot-product-unclamped",
    "The dot product of two codes is not a cosine: where it exceeds 1 your path is NaN. Divide it by both lengths first.",
    {
        "F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)": "torch.dot(z_start, z_end)",
    },
)
WRONG.edit(
    "slerp",
    "parallel-ends-are-nan",
    "For two codes of the same direction your path is NaN: sin(theta) is 0 there, or rounding lifts the cosine above 1. Fall back to the straight line.",
    {
        "    if torch.sin(theta) < 1e-6:\n        return interpolate(z_start, z_end, num_steps)\n": "",
        ".clamp(-1, 1)": ".clamp(-1, 1).mul(1e6).round().div(1e6)",
    },
)
WRONG.edit(
    "slerp",
    "parallel-ends-stay-at-the-start",
    "For codes of the same direction you return something else than the straight line between them.",
    {"return interpolate(z_start, z_end, num_steps)": "return z_start.repeat(num_steps, 1)"},
)
WRONG.edit(
    "slerp",
    "line-pushed-to-a-sphere",
    "A straight line pushed outwards is an arc, but not walked at an even pace, and its ends lose their own lengths. Use the sines.",
    {
        "return mixed / torch.sin(theta)": "z = (1 - t) * z_start + t * z_end\n    return z / z.norm(dim=1, keepdim=True) * z_start.norm()"
    },
)
WRONG.edit(
    "slerp",
    "length-mixed-separately",
    "You turn the direction and mix the lengths separately. That is another path; the formula mixes the given vectors.",
    {
        "return mixed / torch.sin(theta)": "mixed = torch.sin((1 - t) * theta) * F.normalize(z_start, dim=0) + torch.sin(t * theta) * F.normalize(z_end, dim=0)\n    return mixed / torch.sin(theta) * ((1 - t) * z_start.norm() + t * z_end.norm())"
    },
)
WRONG.edit(
    "slerp",
    "sine-of-theta-missing",
    "The division by sin(theta) is missing, so the path misses its ends.",
    {"mixed / torch.sin(theta)": "mixed"},
)
WRONG.edit(
    "slerp",
    "divided-by-theta",
    "You divide by theta. The weights are sin(...) / sin(theta).",
    {"mixed / torch.sin(theta)": "mixed / theta"},
)
WRONG.edit(
    "slerp",
    "backwards",
    "Your path runs from z_end to z_start: the weight of z_start is the one with 1 - t.",
    {
        "torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end": "torch.sin(t * theta) * z_start + torch.sin((1 - t) * theta) * z_end"
    },
)
WRONG.edit(
    "slerp",
    "cosine-weights",
    "Weights cos and sin belong to ends at a right angle. Yours may be at any angle theta.",
    {
        "return mixed / torch.sin(theta)": "return torch.cos(t * torch.pi / 2) * z_start + torch.sin(t * torch.pi / 2) * z_end"
    },
)
WRONG.edit(
    "slerp",
    "angle-in-degrees",
    "Sines take radians: your angle is in degrees.",
    {"theta = torch.acos(cosine)": "theta = torch.rad2deg(torch.acos(cosine))"},
)
WRONG.edit(
    "slerp",
    "absolute-cosine",
    "The absolute value of the cosine folds obtuse angles into acute ones. Two codes may well point apart.",
    {".clamp(-1, 1)": ".abs().clamp(-1, 1)"},
)
WRONG.edit(
    "slerp",
    "cosine-clamped-at-zero",
    "You clamp the cosine at 0, so no angle is larger than 90 degrees. A cosine may be negative.",
    {".clamp(-1, 1)": ".clamp(0, 1)"},
)
WRONG.edit(
    "slerp",
    "end-point-missing",
    "Your path stops one step before the end: t should reach 1.",
    {
        "torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)": "(torch.arange(num_steps, dtype=z_start.dtype) / num_steps)"
    },
)
WRONG.edit(
    "slerp",
    "one-point-too-many",
    "num_steps counts points, not gaps: your path has one point too many.",
    {"0, 1, num_steps,": "0, 1, num_steps + 1,"},
)
WRONG.edit(
    "slerp",
    "always-single-precision",
    "Your path is float32 whatever comes in. It should have the dtype of the codes.",
    {"return mixed / torch.sin(theta)": "return (mixed / torch.sin(theta)).float()"},
)
WRONG.edit(
    "slerp",
    "start-normalised-in-place",
    "Your function changes z_start itself (an operation with a trailing underscore, or `/=`). Normalise a copy.",
    {
        "    cosine =": "    z_start /= z_start.norm()\n    cosine =",
    },
)

# --------------------------------------------------------------------------------- latent_traversal

WRONG.edit(
    "latent_traversal",
    "value-added",
    "You add the value to what z had there. A traversal sets the dimension to the value, so that rows of different images can be compared.",
    {"rows[:, dimension] = values": "rows[:, dimension] += values"},
)
WRONG.edit(
    "latent_traversal",
    "logits-returned",
    "These are logits. Probabilities come from the sigmoid.",
    {".decode(rows).sigmoid()": ".decode(rows)"},
)
WRONG.edit(
    "latent_traversal",
    "others-at-zero",
    "You hold the other dimensions at 0. They should keep the values of z.",
    {"rows = z.repeat(len(values), 1)": "rows = torch.zeros(len(values), len(z), dtype=z.dtype)"},
)
WRONG.edit(
    "latent_traversal",
    "all-dimensions-set",
    "You set every dimension to the value. Only one should change.",
    {"rows[:, dimension] = values": "rows[:] = values[:, None]"},
)
WRONG.edit(
    "latent_traversal",
    "z-overwritten",
    "After the call z has another value in that dimension: you wrote into the caller's tensor. Write into a copy.",
    {
        "rows = z.repeat(len(values), 1)\n    rows[:, dimension] = values\n    with torch.no_grad():\n        return model.decode(rows).sigmoid()": "with torch.no_grad():\n        images = []\n        for value in values:\n            z[dimension] = value\n            images.append(model.decode(z[None]).sigmoid())\n        return torch.cat(images)"
    },
)
WRONG.edit(
    "latent_traversal",
    "shared-memory",
    "All your rows are the same memory, so the last value wins in each of them (`expand` and views do not copy).",
    {
        "rows = z.repeat(len(values), 1)\n    rows[:, dimension] = values": "rows = z.clone().expand(len(values), -1)\n    for i, value in enumerate(values):\n        rows.detach()[i, dimension] = value"
    },
)
WRONG.edit(
    "latent_traversal",
    "graph-kept",
    "Your pictures carry a graph that nobody needs. Decode without gradients.",
    {"with torch.no_grad():": "with torch.enable_grad():"},
)
WRONG.edit(
    "latent_traversal",
    "gradients-off-for-good",
    "After the call nothing in the program records gradients any more. Switch them off inside a `with` only.",
    {"with torch.no_grad():\n        return": "torch.set_grad_enabled(False)\n    return"},
)
WRONG.edit(
    "latent_traversal",
    "left-in-evaluation-mode",
    "Your function leaves the model in evaluation mode. It should keep the mode in which it came.",
    {"with torch.no_grad():": "model.eval()\n    with torch.no_grad():"},
)
WRONG.edit(
    "latent_traversal",
    "left-in-training-mode",
    "Your function leaves the model in training mode, whatever it was before.",
    {"with torch.no_grad():": "model.train()\n    with torch.no_grad():"},
)
WRONG.edit(
    "latent_traversal",
    "counted-from-one",
    "Dimensions are counted from 0: you turn the one before the one that was asked for.",
    {"rows[:, dimension]": "rows[:, dimension - 1]"},
)
WRONG.edit(
    "latent_traversal",
    "row-instead-of-column",
    "You index a row. Rows are pictures and columns are dimensions.",
    {"rows[:, dimension] = values": "rows[dimension % len(rows)] = values[0]"},
)
WRONG.edit(
    "latent_traversal",
    "values-sorted",
    "Your pictures come in the order of size of the values, not in the order given.",
    {"= values": "= values.sort().values"},
)
WRONG.edit(
    "latent_traversal",
    "sigmoid-twice",
    "Two sigmoids: all your probabilities lie between 0.5 and 0.73.",
    {".decode(rows).sigmoid()": ".decode(rows).sigmoid().sigmoid()"},
)
WRONG.edit(
    "latent_traversal",
    "softmax-over-pixels",
    "A softmax makes all pixels of a picture share one unit of ink. Pixels are independent given z: use the sigmoid.",
    {".sigmoid()": ".softmax(dim=-1)"},
)
WRONG.edit(
    "latent_traversal",
    "weights-frozen",
    "After the call the model's weights no longer require gradients: it could not be trained any more.",
    {"with torch.no_grad():": "model.requires_grad_(False)\n    with torch.no_grad():"},
)

# -------------------------------------------------------------------------------------- offset_walk

WRONG.edit(
    "offset_walk",
    "walk-from-a-sample",
    "Two calls give two different walks: you start at a sample of q. Start at its mean, mu(x).",
    {"mu, _ = model.encode(x[None])": "mu = model.reparameterize(*model.encode(x[None]))"},
)
WRONG.edit(
    "offset_walk",
    "logits-returned",
    "These are logits. Probabilities come from the sigmoid.",
    {".sigmoid()": ""},
)
WRONG.edit(
    "offset_walk",
    "offset-multiplied",
    "You multiply the code by the offset. It should be added to every dimension.",
    {"mu + offsets[:, None]": "mu * offsets[:, None]"},
)
WRONG.edit(
    "offset_walk",
    "offset-on-the-image",
    "You add the offset to the image and encode that. The walk is one in the latent space.",
    {
        "mu, _ = model.encode(x[None])\n        return model.decode(mu + offsets[:, None])": "mu, _ = model.encode(x + offsets[:, None])\n        return model.decode(mu)"
    },
)
WRONG.edit(
    "offset_walk",
    "offset-on-the-logits",
    "You add the offset after decoding. It belongs to the code, before the decoder.",
    {"model.decode(mu + offsets[:, None])": "(model.decode(mu) + offsets[:, None])"},
)
WRONG.edit(
    "offset_walk",
    "first-dimension-only",
    "Only one dimension moves. The offset is added to all of them.",
    {
        "mu + offsets[:, None]": "mu + offsets[:, None] * (torch.arange(mu.shape[1]) == 0).to(mu.dtype)"
    },
)
WRONG.edit(
    "offset_walk",
    "code-replaced",
    "You decode the offsets themselves: the image has no say. Add them to mu(x).",
    {"mu + offsets[:, None]": "0 * mu + offsets[:, None]"},
)
WRONG.edit(
    "offset_walk",
    "offset-in-sigmas",
    "You scale the offset by sigma or its square. Add it as it is.",
    {
        "mu, _ = model.encode(x[None])": "mu, log_var = model.encode(x[None])",
        "offsets[:, None]": "offsets[:, None] * (0.5 * log_var).exp()",
    },
)
WRONG.edit(
    "offset_walk",
    "log-var-decoded",
    "You take the second result of `encode`. That is log_var; the code is the first.",
    {"mu, _ =": "_, mu ="},
)
WRONG.edit(
    "offset_walk",
    "offset-of-fixed-length",
    "You share the offset out over the dimensions. Each dimension gets all of it.",
    {"offsets[:, None]": "offsets[:, None] / mu.shape[1] ** 0.5"},
)
WRONG.edit(
    "offset_walk",
    "offset-subtracted",
    "Your walk runs the other way: the offset is added.",
    {"mu + offsets": "mu - offsets"},
)
WRONG.edit(
    "offset_walk",
    "offsets-pile-up",
    "Each of your steps starts where the last one ended. Every offset counts from mu(x).",
    {"offsets[:, None]": "offsets.cumsum(0)[:, None]"},
)
WRONG.edit(
    "offset_walk",
    "graph-kept",
    "Your pictures carry a graph that nobody needs. Encode and decode without gradients.",
    {"with torch.no_grad():": "with torch.enable_grad():"},
)
WRONG.edit(
    "offset_walk",
    "gradients-off-for-good",
    "After the call nothing in the program records gradients any more. Switch them off inside a `with` only.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "offset_walk",
    "left-in-evaluation-mode",
    "Your function leaves the model in evaluation mode. It should keep the mode in which it came.",
    {"with torch.no_grad():": "model.eval()\n    with torch.no_grad():"},
)
WRONG.edit(
    "offset_walk",
    "sigmoid-twice",
    "Two sigmoids: all your probabilities lie between 0.5 and 0.73.",
    {".sigmoid()": ".sigmoid().sigmoid()"},
)
WRONG.edit(
    "offset_walk",
    "x-changed-in-place",
    "Your function writes into the caller's image. Leave x as it is.",
    {"mu, _ = model.encode(x[None])": "mu, _ = model.encode(x[None])\n        x.mul_(0.5)"},
)

# ----------------------------------------------------------------------------------------- embed_2d

WRONG.edit(
    "embed_2d",
    "unknown-method-is-pca",
    "An unknown method gives a result. Raise a ValueError, so that a typing error cannot become a figure.",
    {
        'if method == "tsne":': "if method:",
    },
)
WRONG.edit(
    "embed_2d",
    "unknown-method-is-none",
    "An unknown name gives None. Make it a ValueError.",
    {
        """raise ValueError(f'method must be "pca" or "tsne", got {method!r}')""": "return None",
    },
)
WRONG.edit(
    "embed_2d",
    "pca-without-centring",
    "PCA takes directions of largest variance, around the mean. You forgot to subtract the mean first.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "return latents @ np.linalg.svd(latents, full_matrices=False)[2][:2].T"
    },
)
WRONG.edit(
    "embed_2d",
    "perplexity-of-thirty",
    "For few points scikit-learn stops with an error. The perplexity must be less than their number. PCA can give no more components than there are points, and no more than there are dimensions.",
    {"min(30.0, (len(latents) - 1) / 3)": "30.0"},
)
WRONG.edit(
    "embed_2d",
    "first-two-dimensions",
    "These are the first two latent dimensions. PCA looks for the two directions of largest variance, which lie anywhere.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "return latents[:, :2] - latents[:, :2].mean(axis=0)"
    },
)
WRONG.edit(
    "embed_2d",
    "tensor-returned",
    "You return a tensor or a list. Both methods should give a NumPy array.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "return torch.from_numpy(PCA(n_components=2).fit_transform(latents))",
        "return TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)": "return torch.from_numpy(TSNE(n_components=2, perplexity=perplexity).fit_transform(latents))",
    },
)
WRONG.edit(
    "embed_2d",
    "three-components",
    "Paper has two dimensions: you return three coordinates for each code.",
    {"PCA(n_components=2)": "PCA(n_components=3)"},
)
WRONG.edit(
    "embed_2d",
    "whitened",
    "Your two coordinates have the same spread (whitening, or dividing by the singular values). PCA keeps the spreads.",
    {"PCA(n_components=2)": "PCA(n_components=2, whiten=True)"},
)
WRONG.edit(
    "embed_2d",
    "standardised-first",
    "You scale every dimension to variance 1 before PCA. Then a dimension that the model never uses counts as much as the best one.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "return PCA(n_components=2).fit_transform((latents - latents.mean(axis=0)) / latents.std(axis=0))"
    },
)
WRONG.edit(
    "embed_2d",
    "methods-swapped",
    'The two names are swapped: "pca" runs t-SNE.',
    {
        '"pca":\n        return PCA(n_components=2)': '"tsne":\n        return PCA(n_components=2)',
        'if method == "tsne":\n        perplexity': 'if method == "pca":\n        perplexity',
    },
)
WRONG.edit(
    "embed_2d",
    "tsne-is-pca",
    'For "tsne" you return another PCA.',
    {"TSNE(n_components=2, perplexity=perplexity)": "PCA(n_components=2)"},
)
WRONG.edit(
    "embed_2d",
    "tsne-is-bent-pca",
    'For "tsne" you bend the coordinates of a PCA. Codes that differ in a third direction still lie on top of each other.',
    {
        "TSNE(n_components=2, perplexity=perplexity).fit_transform(latents)": "PCA(n_components=2).fit_transform(latents) ** 3"
    },
)
WRONG.edit(
    "embed_2d",
    "graph-not-cut",
    "A tensor that carries a graph cannot become an array: detach it first.",
    {"latents.detach().cpu().numpy()": "latents.cpu().numpy()"},
)
WRONG.edit(
    "embed_2d",
    "loadings-instead-of-scores",
    "These are the directions themselves. You want the coordinates of the codes along them.",
    {
        "PCA(n_components=2).fit_transform(latents)": "PCA(n_components=2).fit(latents).components_.T"
    },
)
WRONG.edit(
    "embed_2d",
    "smallest-directions",
    "You keep the two directions of the smallest variance. Eigenvalues come in ascending order: take the last ones.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "centred = latents - latents.mean(axis=0)\n        return centred @ np.linalg.eigh(centred.T @ centred)[1][:, :2]"
    },
)
WRONG.edit(
    "embed_2d",
    "coordinates-in-ascending-order",
    "Your two coordinates are swapped: the direction of the largest variance comes first.",
    {
        "return PCA(n_components=2).fit_transform(latents)": "return PCA(n_components=2).fit_transform(latents)[:, ::-1].copy()"
    },
)
WRONG.edit(
    "embed_2d",
    "codes-centred-in-place",
    "You subtract the mean from the caller's own array. Work on a copy.",
    {'if method == "pca":': 'if method == "pca":\n        latents -= latents.mean(axis=0)'},
)

# ------------------------------------------------------------------------------------- knn_accuracy

WRONG.edit(
    "knn_accuracy",
    "farthest-points",
    "`topk` gives the largest numbers: your voters are the farthest points. Neighbours have the smallest distances.",
    {", largest=False": ""},
)
WRONG.edit(
    "knn_accuracy",
    "cosine-neighbours",
    "You compare directions. The neighbours are the nearest in Euclidean distance, where length counts too.",
    {
        "torch.cdist(test_z, train_z)": "1 - F.normalize(test_z, dim=1) @ F.normalize(train_z, dim=1).T"
    },
)
WRONG.edit(
    "knn_accuracy",
    "percent",
    "You return percent. A fraction lies between 0 and 1.",
    {".mean().item()": ".mean().item() * 100"},
)
WRONG.edit(
    "knn_accuracy",
    "count",
    "You return the number of right answers. Divide by the number of test points.",
    {".double().mean().item()": ".double().sum().item()"},
)
WRONG.edit(
    "knn_accuracy",
    "mean-of-labels",
    "You average the labels of the neighbours: a 1 and a 9 do not make a 5. Let them vote.",
    {
        "train_labels[nearest].mode(dim=1).values": "train_labels[nearest].double().mean(dim=1).round()"
    },
)
WRONG.edit(
    "knn_accuracy",
    "median-of-labels",
    "You take the median of the labels. Classes have no order: take the most frequent one.",
    {".mode(dim=1).values": ".median(dim=1).values"},
)
WRONG.edit(
    "knn_accuracy",
    "nearest-only",
    "Only the nearest point decides, whatever `k` is.",
    {"topk(k,": "topk(1,"},
)
WRONG.edit(
    "knn_accuracy",
    "k-ignored",
    "Five points vote whatever `k` is.",
    {"topk(k,": "topk(min(5, len(train_z)),"},
)
WRONG.edit(
    "knn_accuracy",
    "nearest-skipped",
    "You skip the nearest point, as one does when the test points are in the training set. Here they are not.",
    {
        "topk(k, dim=1, largest=False).indices": "topk(min(k + 1, len(train_z)), dim=1, largest=False).indices[:, 1:]"
    },
)
WRONG.edit(
    "knn_accuracy",
    "any-neighbour-right",
    "You count a test point as right if any neighbour has its class. The majority decides.",
    {
        "winners = train_labels[nearest].mode(dim=1).values\n    return (winners == test_labels)": "return (train_labels[nearest] == test_labels[:, None]).any(dim=1)"
    },
)
WRONG.edit(
    "knn_accuracy",
    "share-of-neighbours",
    "You average how many neighbours have the right class. Each test point is either right or wrong, by majority.",
    {
        "winners = train_labels[nearest].mode(dim=1).values\n    return (winners == test_labels)": "return (train_labels[nearest] == test_labels[:, None])"
    },
)
WRONG.edit(
    "knn_accuracy",
    "error-rate",
    "You return the share of wrong answers.",
    {"winners == test_labels": "winners != test_labels"},
)
WRONG.edit(
    "knn_accuracy",
    "vote-on-the-wrong-axis",
    "Your vote is not the most frequent class of each row of neighbours. Vote along dim=1, and leave room for class numbers that do not occur.",
    {".mode(dim=1).values": ".mode(dim=0).values"},
)
WRONG.edit(
    "knn_accuracy",
    "first-coordinate-only",
    "Your distance uses one coordinate only. Take all of them.",
    {"torch.cdist(test_z, train_z)": "torch.cdist(test_z[:, :1], train_z[:, :1])"},
)
WRONG.edit(
    "knn_accuracy",
    "manhattan",
    "You add up absolute differences. Euclidean distance is the root of the summed squares.",
    {"torch.cdist(test_z, train_z)": "torch.cdist(test_z, train_z, p=1)"},
)
WRONG.edit(
    "knn_accuracy",
    "neighbours-of-training-points",
    "Rows and columns are swapped: each test point looks for its neighbours among the training points.",
    {
        "torch.cdist(test_z, train_z)": "torch.cdist(train_z, test_z)",
        "topk(k, dim=1, largest=False).indices": "topk(min(k, len(test_z)), dim=1, largest=False).indices",
        "train_labels[nearest]": "test_labels[nearest]",
        "winners == test_labels": "winners == train_labels",
    },
)
WRONG.edit(
    "knn_accuracy",
    "weighted-votes",
    "You weight each vote by nearness. Every neighbour has one vote.",
    {
        "winners = train_labels[nearest].mode(dim=1).values": "weights = 1 / (distances.gather(1, nearest) + 1e-6)\n    one_hot = F.one_hot(train_labels[nearest], 10)\n    winners = (one_hot * weights[:, :, None]).sum(dim=1).argmax(dim=1)"
    },
)
WRONG.edit(
    "knn_accuracy",
    "tensor-returned",
    "You return a tensor. A Python float is asked for.",
    {".mean().item()": ".mean()"},
)


# ----------------------------------------------------------------------- further slips, by exercise

_P = "torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps)"
_GRID = "torch.stack([z_1.flatten(), z_2.flatten()], dim=1)"
_ROOT = (
    "You take coverage for the share of the square. Each axis covers `coverage` of its probability."
)
_STEPS = (
    "Your last probability is not (1 + coverage) / 2. num_steps points have num_steps - 1 gaps."
)
for _id, _edits, _message in (
    (
        "share-of-the-square",
        {"    probabilities": "    coverage = coverage**0.5\n    probabilities"},
        _ROOT,
    ),
    (
        "steps-from-the-lower-end",
        {_P: "(1 - coverage) / 2 + torch.arange(num_steps) * coverage / num_steps"},
        _STEPS,
    ),
    (
        "one-point-too-many",
        {"(1 + coverage) / 2, num_steps)": "(1 + coverage) / 2, num_steps + 1)"},
        "num_steps counts points, not gaps: each axis has one point too many.",
    ),
    (
        "one-point-too-few",
        {"(1 + coverage) / 2, num_steps)": "(1 + coverage) / 2, num_steps - 1)"},
        "Each axis has one point too few.",
    ),
    (
        "inner-points",
        {_P: "torch.linspace((1 - coverage) / 2, (1 + coverage) / 2, num_steps + 2)[1:-1]"},
        "The two ends of the covered share are missing from each axis.",
    ),
    (
        "tail-not-halved",
        {_P: "torch.linspace(1 - coverage, (1 + coverage) / 2, num_steps)"},
        "The tails on the two sides differ. They share 1 - coverage equally.",
    ),
    (
        "upper-half",
        {_P: "torch.linspace(0.5, (1 + coverage) / 2, num_steps)"},
        "Your probabilities start at one half, so only one side of the prior is shown.",
    ),
    (
        "from-zero-to-coverage",
        {_P: "torch.linspace(0.0, coverage, num_steps)"},
        "Your probabilities start at 0, whose quantile is minus infinity. Leave half of 1 - coverage on each side.",
    ),
    (
        "coverage-as-tail",
        {_P: "torch.linspace(coverage / 2, 1 - coverage / 2, num_steps)"},
        "You leave `coverage` out instead of covering it.",
    ),
    (
        "clamped-ends",
        {_P: "torch.linspace(0.0, 1.0, num_steps).clamp(0.001, 0.999)"},
        "`coverage` has no effect: your probabilities run from about 0 to about 1.",
    ),
    (
        "clamped-ends-at-coverage",
        {_P: "torch.linspace(0.0, 1.0, num_steps).clamp((1 - coverage) / 2, (1 + coverage) / 2)"},
        "You cut the probabilities off at the ends. Space them evenly between the two ends.",
    ),
    (
        "equal-steps-to-coverage",
        {"Normal(0.0, 1.0).icdf(probabilities)": "torch.linspace(-coverage, coverage, num_steps)"},
        "You use coverage as a value of z. It is a share of the probability: go from probabilities to quantiles.",
    ),
    (
        "equal-steps-from-three",
        {"Normal(0.0, 1.0).icdf(probabilities)": "torch.linspace(-3, 3, num_steps)"},
        "Equal steps from -3 to 3 ignore the prior. Make the steps equal in probability.",
    ),
    (
        "random-points",
        {"Normal(0.0, 1.0).icdf(probabilities)": "torch.randn(num_steps).sort().values"},
        "Your points are random. They lie at fixed quantiles of the prior.",
    ),
    (
        "other-quantile",
        {"Normal(0.0, 1.0).icdf(probabilities)": "torch.logit(probabilities)"},
        "These are quantiles of the logistic distribution. The prior is normal.",
    ),
    (
        "erfinv-without-root",
        {"Normal(0.0, 1.0).icdf(probabilities)": "torch.erfinv(2 * probabilities - 1)"},
        "The factor sqrt(2) is missing: the normal quantile is sqrt(2) erfinv(2 p - 1).",
    ),
    (
        "wrong-scale",
        {"Normal(0.0, 1.0)": "Normal(0.0, 2.0)"},
        "Your quantiles are twice too large. The prior has standard deviation 1.",
    ),
    (
        "numpy-returned",
        {_GRID: f"{_GRID}.numpy()"},
        "You return a NumPy array. Return a float32 tensor.",
    ),
    (
        "list-returned",
        {_GRID: f"{_GRID}.tolist()"},
        "You return a list or a tuple. Return one float32 tensor.",
    ),
    (
        "stacked-on-rows",
        {"dim=1)": "dim=0)"},
        "Your result has the shape (2, num_steps**2). Each point is a row: stack along dim=1.",
    ),
    (
        "concatenated",
        {_GRID: "torch.cat([z_1.flatten(), z_2.flatten()]).reshape(-1, 2)"},
        "Neighbouring numbers of your list are both z_1 or both z_2. Stack the two along a new axis.",
    ),
    (
        "diagonal-only",
        {_GRID: "torch.stack([quantiles, quantiles], dim=1)"},
        "You return num_steps points. The grid holds every pair of z_1 and z_2.",
    ),
    (
        "upside-down-and-mirrored",
        {"quantiles.flip(0), quantiles,": "quantiles, quantiles.flip(0),"},
        "Both axes run the wrong way: the first row has the highest z_2 and starts at the lowest z_1.",
    ),
):
    WRONG.edit("latent_grid", _id, _message, _edits)

_T = "torch.linspace(0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)[:, None]"
_MIX = "(1 - t) * z_start + t * z_end"
_WRITES = "An operation in place (`+=`, or a trailing underscore) changes the caller's code. Make new tensors."
for _id, _edits, _message in (
    (
        "float64-weights",
        {_T: "torch.from_numpy(np.linspace(0, 1, num_steps))[:, None]"},
        "Your path is float64 for float32 codes. It has the dtype of the codes.",
    ),
    (
        "all-rows-are-the-last",
        {
            f"return {_MIX}": "rows = []\n    for s in t:\n        rows.append(z_start * 0 + z_end)\n    return torch.stack(rows)"
        },
        "All your rows are the last point. Store a new tensor for each point, not the same one again.",
    ),
    (
        "moved-in-place-and-appended",
        {
            f"return {_MIX}": "rows = []\n    point, step = z_start.clone(), (z_end - z_start) / (num_steps - 1)\n    for _ in range(num_steps):\n        rows.append(point)\n        point += step\n    return torch.stack(rows)"
        },
        "All your rows are the same tensor, which went on moving. Store a new tensor for each point.",
    ),
    (
        "all-rows-are-the-first",
        {_MIX: "z_start + 0 * t * z_end"},
        "All your rows are z_start. Move on by the same step from point to point.",
    ),
    (
        "stored-after-the-step",
        {_MIX: "z_start + (t + 1 / (num_steps - 1)) * (z_end - z_start)"},
        "Your path begins one step after z_start and overshoots z_end. Store a point before you step on.",
    ),
    (
        "last-step-missing-by-loop",
        {_T: "(torch.arange(num_steps, dtype=z_start.dtype) / (num_steps + 1))[:, None]"},
        "Your last point lies before z_end: t ends at (num_steps - 1) / (num_steps + 1). With num_steps points there are num_steps - 1 steps.",
    ),
    (
        "one-point-too-few",
        {"0, 1, num_steps,": "0, 1, num_steps - 1,"},
        "Your path has one point too few.",
    ),
    (
        "weights-do-not-add-up",
        {_MIX: "(1 - t) * z_start + z_end"},
        "z_end has no weight t, so the path begins at the sum of the two codes.",
    ),
    (
        "minus-end",
        {_MIX: "(1 - t) * z_start - t * z_end"},
        "z_end is subtracted: your path ends at -z_end.",
    ),
    (
        "direction-reversed",
        {_MIX: "z_start + t * (z_start - z_end)"},
        "The difference has the wrong sign: walk along z_end - z_start.",
    ),
    ("halved-step", {_MIX: "z_start + 0.5 * t * (z_end - z_start)"}, "Your path stops half-way."),
    (
        "quadratic-pace",
        {_MIX: "z_start + t**2 * (z_end - z_start)"},
        "Your points lie on the line but are not evenly spaced.",
    ),
    ("from-the-origin", {_MIX: "t * z_end"}, "z_start has no part in your path."),
    (
        "slerp-weights",
        {_MIX: "torch.cos(t * torch.pi / 2) * z_start + torch.sin(t * torch.pi / 2) * z_end"},
        "These weights belong to an arc. On a straight line they are 1 - t and t.",
    ),
    (
        "a-list",
        {f"return {_MIX}": f"return list({_MIX})"},
        "You return a list. Return one tensor with a row per point: `torch.stack`.",
    ),
    (
        "numpy-returned",
        {f"return {_MIX}": f"return ({_MIX}).numpy()"},
        "You return a NumPy array. Return a tensor.",
    ),
    (
        "extra-axis",
        {f"return {_MIX}": f"return ({_MIX})[None]"},
        "Your result has an axis too many. Return (num_steps, latent_dim).",
    ),
    (
        "flattened",
        {f"return {_MIX}": f"return ({_MIX}).flatten()"},
        "Your result is one row of numbers. Return one row per point.",
    ),
    (
        "start-overwritten",
        {
            f"return {_MIX}": "rows = [z_start.clone()]\n    step = (z_end - z_start) / (num_steps - 1)\n    for _ in range(num_steps - 1):\n        z_start += step\n        rows.append(z_start.clone())\n    return torch.stack(rows)"
        },
        _WRITES,
    ),
    (
        "t-per-dimension",
        {_T: "torch.linspace(0, 1, len(z_start), dtype=z_start.dtype).expand(num_steps, -1)"},
        "t runs over the dimensions. It runs over the points: one t for each row.",
    ),
):
    WRONG.edit("interpolate", _id, _message, _edits)

_COS = "F.cosine_similarity(z_start, z_end, dim=0).clamp(-1, 1)"
_SIN = "torch.sin((1 - t) * theta) * z_start + torch.sin(t * theta) * z_end"
for _id, _edits, _message in (
    (
        "flips-the-end",
        {
            "    cosine =": "    if torch.dot(z_start, z_end) < 0:\n        z_end = -z_end\n    cosine ="
        },
        "Where the codes point apart you flip one of them, as one does with quaternions. Then the path ends at -z_end.",
    ),
    (
        "line-with-mixed-length",
        {
            "return mixed / torch.sin(theta)": "z = (1 - t) * z_start + t * z_end\n    return z / z.norm(dim=1, keepdim=True) * ((1 - t) * z_start.norm() + t * z_end.norm())"
        },
        "This is the straight line, pushed out to another length. It is no arc at an even pace: use the sines.",
    ),
    (
        "falls-back-too-early",
        {"torch.sin(theta) < 1e-6": "cosine > 0.9"},
        "You fall back to the straight line for angles that are not small. Do it only where sin(theta) is nearly 0.",
    ),
    (
        "theta-is-cosine",
        {"torch.acos(cosine)": "cosine"},
        "You use the cosine as the angle. Take its arc cosine.",
    ),
    (
        "theta-from-sine",
        {"torch.acos(cosine)": "torch.asin(cosine)"},
        "You take the arc sine of the cosine. Take the arc cosine.",
    ),
    (
        "theta-in-cosine-weights",
        {_SIN: "torch.cos((1 - t) * theta) * z_start + torch.cos(t * theta) * z_end"},
        "Your weights are cosines. Those of slerp are sines.",
    ),
    (
        "theta-halved",
        {"theta = torch.acos(cosine)": "theta = torch.acos(cosine) / 2"},
        "You use half of the angle.",
    ),
    (
        "theta-doubled",
        {"theta = torch.acos(cosine)": "theta = 2 * torch.acos(cosine)"},
        "You use twice the angle.",
    ),
    (
        "sign-between",
        {"z_start + torch.sin(t": "z_start - torch.sin(t"},
        "The second term is subtracted: your path ends at -z_end.",
    ),
    (
        "normalised-at-the-end",
        {"return mixed / torch.sin(theta)": "return F.normalize(mixed, dim=1)"},
        "Your points have length 1. The path keeps the lengths of its ends.",
    ),
    (
        "start-length-everywhere",
        {"return mixed / torch.sin(theta)": "return F.normalize(mixed, dim=1) * z_start.norm()"},
        "All your points have the length of z_start. The formula mixes the given vectors with their lengths.",
    ),
    (
        "divided-by-squared-lengths",
        {_COS: "(torch.dot(z_start, z_end) / (z_start.norm() * z_end.norm()) ** 2).clamp(-1, 1)"},
        "You divide the dot product by the squared lengths. Divide it by the lengths.",
    ),
    (
        "start-point-missing",
        {
            "0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)": "0, 1, num_steps + 1, dtype=z_start.dtype)[1:]"
        },
        "The first point should be z_start itself.",
    ),
    (
        "one-point-too-few",
        {"0, 1, num_steps,": "0, 1, num_steps - 1,"},
        "Your path has one point too few.",
    ),
    (
        "both-ends-missing",
        {
            "0, 1, num_steps, dtype=z_start.dtype, device=z_start.device)": "0, 1, num_steps + 2, dtype=z_start.dtype)[1:-1]"
        },
        "Both end points belong to the path; yours holds only what lies between them.",
    ),
    (
        "float64-weights",
        {"dtype=z_start.dtype, device=z_start.device": "dtype=torch.float64"},
        "Your path is float64 for float32 codes. It has the dtype of the codes.",
    ),
    (
        "a-list",
        {"return mixed / torch.sin(theta)": "return list(mixed / torch.sin(theta))"},
        "You return a list. Return one tensor with a row per point: `torch.stack`.",
    ),
    (
        "transposed",
        {"return mixed / torch.sin(theta)": "return (mixed / torch.sin(theta)).T"},
        "One row per point, one column per dimension: yours is transposed.",
    ),
    (
        "epsilon-in-the-denominator",
        {"mixed / torch.sin(theta)": "mixed / (torch.sin(theta) + 1e-2)"},
        "You add a number to sin(theta), so the path misses its ends. Fall back to the straight line where it is nearly 0.",
    ),
):
    WRONG.edit("slerp", _id, _message, _edits)

_ROWS = "rows = z.repeat(len(values), 1)"
_COPIES = "The rows are no copies of z: its numbers are scrambled."
for _id, _edits, _message in (
    (
        "scrambled-copies",
        {_ROWS: "rows = z.repeat_interleave(len(values)).reshape(len(values), -1)"},
        _COPIES,
    ),
    (
        "thresholded",
        {".sigmoid()": ".sigmoid().round()"},
        "You round the probabilities to 0 and 1. Return them as they are.",
    ),
    (
        "sampled",
        {".decode(rows).sigmoid()": ".decode(rows).sigmoid().bernoulli()"},
        "You draw black and white pixels. Return the probabilities themselves.",
    ),
    (
        "clamped-logits",
        {".decode(rows).sigmoid()": ".decode(rows).clamp(0, 1)"},
        "You cut the logits off at 0 and 1. Probabilities come from the sigmoid.",
    ),
    (
        "tanh",
        {".decode(rows).sigmoid()": ".decode(rows).tanh()"},
        "You use tanh, which can be negative. Probabilities come from the sigmoid.",
    ),
    (
        "exp",
        {".decode(rows).sigmoid()": ".decode(rows).exp()"},
        "You take the exponential of logits. Probabilities come from the sigmoid.",
    ),
    (
        "last-dimension",
        {"rows[:, dimension]": "rows[:, -1]"},
        "You set the last dimension, whatever `dimension` is.",
    ),
    (
        "first-dimension",
        {"rows[:, dimension]": "rows[:, 0]"},
        "You set the first dimension, whatever `dimension` is.",
    ),
    (
        "next-dimension",
        {"rows[:, dimension]": "rows[:, (dimension + 1) % len(z)]"},
        "You set the dimension after the one that was asked for.",
    ),
    (
        "value-multiplied",
        {"rows[:, dimension] = values": "rows[:, dimension] *= values"},
        "You multiply what z had there by the value. Set the dimension to the value.",
    ),
    (
        "value-subtracted",
        {"rows[:, dimension] = values": "rows[:, dimension] -= values"},
        "You subtract the value from what z had there. Set the dimension to the value.",
    ),
    (
        "values-reversed",
        {"= values": "= values.flip(0)"},
        "Your pictures come in reverse order. Keep the order of the values.",
    ),
    (
        "first-value-only",
        {"= values": "= values[0]"},
        "Every row has the first value. Row i has value i.",
    ),
    (
        "not-set",
        {"    rows[:, dimension] = values\n": ""},
        "No dimension is set: all rows decode z itself.",
    ),
    (
        "one-row",
        {"return model.decode(rows).sigmoid()": "return model.decode(rows[:1]).sigmoid()"},
        "You return one picture. Return one for each value.",
    ),
    (
        "as-pictures",
        {".sigmoid()": ".sigmoid().reshape(-1, 28, 28)"},
        "Your pictures have the shape (num_values, 28, 28). Return rows of 784.",
    ),
    (
        "a-list",
        {".decode(rows).sigmoid()": ".decode(rows).sigmoid().tolist()"},
        "You return no single tensor but a list, an array or a tuple. Return the pictures alone, as a tensor.",
    ),
    (
        "float32-rows",
        {
            _ROWS: "rows = z.float().repeat(len(values), 1)",
            "model.decode(rows)": "model.float().decode(rows)",
        },
        "Your pictures, or the model itself, become float32 whatever comes in. Keep the type.",
    ),
    (
        "noise-added",
        {"model.decode(rows)": "model.decode(rows + torch.randn_like(rows))"},
        "You add noise to the codes. Nothing here is random.",
    ),
    (
        "mode-flipped",
        {"with torch.no_grad():": "model.train(not model.training)\n    with torch.no_grad():"},
        "Your function leaves the model in the other mode. It should keep the mode in which it came.",
    ),
    (
        "values-in-place",
        {"= values": "= values.mul_(1.5) / 1.5"},
        "An operation in place changes the caller's values. Make a new tensor.",
    ),
):
    WRONG.edit("latent_traversal", _id, _message, _edits)

_MU = "mu, _ = model.encode(x[None])"
for _id, _edits, _message in (
    (
        "fixed-seed-sample",
        {_MU: "torch.manual_seed(0)\n        mu = model.reparameterize(*model.encode(x[None]))"},
        "You start at a sample of q, even if a fixed seed makes it repeatable. Start at its mean, mu(x).",
    ),
    (
        "thresholded",
        {".sigmoid()": ".sigmoid().round()"},
        "You round the probabilities to 0 and 1. Return them as they are.",
    ),
    (
        "sampled",
        {".sigmoid()": ".sigmoid().bernoulli()"},
        "You draw black and white pixels. Return the probabilities themselves.",
    ),
    (
        "tanh",
        {".sigmoid()": ".tanh()"},
        "You use tanh, which can be negative. Probabilities come from the sigmoid.",
    ),
    (
        "clamped-logits",
        {".sigmoid()": ".clamp(0, 1)"},
        "You cut the logits off at 0 and 1. Probabilities come from the sigmoid.",
    ),
    (
        "softmax-over-pixels",
        {".sigmoid()": ".softmax(dim=-1)"},
        "A softmax makes all pixels of a picture share one unit of ink. Use the sigmoid.",
    ),
    (
        "last-dimension-only",
        {
            "mu + offsets[:, None]": "mu + offsets[:, None] * (torch.arange(mu.shape[1]) == mu.shape[1] - 1).to(mu.dtype)"
        },
        "Only one dimension moves. The offset is added to all of them.",
    ),
    (
        "offset-ignored",
        {"mu + offsets[:, None]": "mu + 0 * offsets[:, None]"},
        "The offsets have no effect.",
    ),
    (
        "offset-scaled-by-code",
        {"mu + offsets[:, None]": "mu * (1 + offsets[:, None])"},
        "You scale the code by 1 + offset. Add the offset.",
    ),
    (
        "offset-halved",
        {"offsets[:, None]": "0.5 * offsets[:, None]"},
        "You add half of the offset.",
    ),
    (
        "offset-averaged",
        {"offsets[:, None]": "offsets[:, None] / mu.shape[1]"},
        "You share the offset out over the dimensions. Each dimension gets all of it.",
    ),
    (
        "offsets-reversed",
        {"offsets[:, None]": "offsets.flip(0)[:, None]"},
        "Your pictures come in reverse order. Keep the order of the offsets.",
    ),
    (
        "offsets-sorted",
        {"offsets[:, None]": "offsets.sort().values[:, None]"},
        "Your pictures come in the order of size of the offsets, not in the order given.",
    ),
    (
        "first-offset-only",
        {"offsets[:, None]": "offsets[:1, None].expand(len(offsets), 1)"},
        "Every row has the first offset. Row i has offset i.",
    ),
    (
        "code-normalised",
        {"mu + offsets[:, None]": "F.normalize(mu, dim=1) + offsets[:, None]"},
        "You scale the code to length 1. Start at mu(x) itself.",
    ),
    (
        "as-pictures",
        {".sigmoid()": ".sigmoid().reshape(-1, 28, 28)"},
        "Your pictures have the shape (num_offsets, 28, 28). Return rows of 784.",
    ),
    (
        "a-list",
        {".sigmoid()": ".sigmoid().tolist()"},
        "You return no single tensor but a list, an array or a tuple. Return the pictures alone, as a tensor.",
    ),
    (
        "mode-flipped",
        {"with torch.no_grad():": "model.train(not model.training)\n    with torch.no_grad():"},
        "Your function leaves the model in the other mode. It should keep the mode in which it came.",
    ),
    (
        "left-in-training-mode",
        {"with torch.no_grad():": "model.train()\n    with torch.no_grad():"},
        "Your function leaves the model in training mode, whatever it was before.",
    ),
    (
        "weights-frozen",
        {"with torch.no_grad():": "model.requires_grad_(False)\n    with torch.no_grad():"},
        "After the call the model's weights no longer require gradients: it could not be trained any more.",
    ),
    (
        "offsets-in-place",
        {"mu + offsets[:, None]": "mu + offsets.mul_(2)[:, None] / 2"},
        "An operation in place changes the caller's offsets. Make a new tensor.",
    ),
    (
        "unpacks-nothing",
        {_MU: "mu = model.encode(x[None])"},
        "`encode` returns two things, mu and log_var. Take the first.",
    ),
):
    WRONG.edit("offset_walk", _id, _message, _edits)

_PCA = "return PCA(n_components=2).fit_transform(latents)"
_RAISE = """raise ValueError(f'method must be "pca" or "tsne", got {method!r}')"""
_PERPLEXITY = "min(30.0, (len(latents) - 1) / 3)"
for _id, _edits, _message in (
    (
        "key-error",
        {_RAISE: "raise KeyError(method)"},
        "An unknown method raises another error than a ValueError.",
    ),
    (
        "type-error",
        {_RAISE: "raise TypeError(method)"},
        "An unknown method raises another error than a ValueError.",
    ),
    (
        "not-implemented-error",
        {_RAISE: "raise RuntimeError(method)"},
        "An unknown method raises another error than a ValueError.",
    ),
    (
        "name-contains-pca",
        {'method == "pca"': '"pca" in method'},
        'A method whose name only contains "pca" is accepted. Compare the whole name.',
    ),
    (
        "perplexity-of-five",
        {_PERPLEXITY: "min(30.0, max(5.0, (len(latents) - 1) / 3))"},
        "The perplexity must be less than the number of points, also for five points.",
    ),
    (
        "one-component",
        {"PCA(n_components=2)": "PCA(n_components=1)"},
        "Paper has two dimensions: you return one coordinate for each code.",
    ),
    (
        "all-components",
        {"PCA(n_components=2)": "PCA()"},
        "Paper has two dimensions: keep the first two coordinates.",
    ),
    (
        "second-and-third",
        {_PCA: "return PCA(n_components=3).fit_transform(latents)[:, 1:]"},
        "You leave out the direction of largest variance.",
    ),
    (
        "transposed-map",
        {_PCA: "return PCA(n_components=2).fit_transform(latents).T"},
        "Your map is transposed. Return one row per code.",
    ),
    (
        "scaled-map",
        {
            _PCA: "points = PCA(n_components=2).fit_transform(latents)\n        return points / np.abs(points).max()"
        },
        "You scale the coordinates of the PCA. Return them as they are.",
    ),
    (
        "directions-returned",
        {_PCA: "return PCA(n_components=2).fit(latents).components_"},
        "These are the directions themselves. You want the coordinates of the codes along them.",
    ),
    (
        "uncentred-projection",
        {_PCA: "return latents @ PCA(n_components=2).fit(latents).components_.T"},
        "The mean is not subtracted before the codes are projected.",
    ),
    (
        "left-vectors-only",
        {
            _PCA: "return np.linalg.svd(latents - latents.mean(axis=0), full_matrices=False)[0][:, :2]"
        },
        "Your two coordinates have the same spread (whitening, or dividing by the singular values). PCA keeps the spreads.",
    ),
):
    WRONG.edit("embed_2d", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "no-item",
        {".double().mean().item()": ".float().mean()"},
        "You return a tensor. A Python float is asked for.",
    ),
    (
        "integer-returned",
        {".double().mean().item()": ".all().item()"},
        "You return whether all are right. Return the fraction that is.",
    ),
    (
        "differences-summed-first",
        {"torch.cdist(test_z, train_z)": "(test_z[:, None] - train_z).sum(-1) ** 2"},
        "You add up the differences of the coordinates before squaring, so they cancel. Square each first.",
    ),
    (
        "signed-differences",
        {"torch.cdist(test_z, train_z)": "(test_z[:, None] - train_z).sum(-1)"},
        "Your distances are sums of differences, which may be negative. Square each difference first.",
    ),
    (
        "largest-difference",
        {"torch.cdist(test_z, train_z)": "torch.cdist(test_z, train_z, p=torch.inf)"},
        "You take the largest difference of a coordinate. Euclidean distance is the root of the summed squares.",
    ),
    (
        "dot-product",
        {"torch.cdist(test_z, train_z)": "-(test_z @ train_z.T)"},
        "You compare dot products. The neighbours are the nearest in Euclidean distance.",
    ),
    (
        "half-power",
        {"torch.cdist(test_z, train_z)": "torch.cdist(test_z, train_z, p=0.5)"},
        "Your distance is not Euclidean. Take the root of the summed squares.",
    ),
    (
        "one-neighbour-too-many",
        {"topk(k,": "topk(min(k + 1, len(train_z)),"},
        "One neighbour too many votes.",
    ),
    ("one-neighbour-too-few", {"topk(k,": "topk(max(1, k - 1),"}, "One neighbour too few votes."),
    ("all-vote", {"topk(k,": "topk(len(train_z),"}, "All training points vote, whatever `k` is."),
    (
        "last-neighbour",
        {".mode(dim=1).values": "[:, -1]"},
        "Only the k-th neighbour decides. Let all k vote.",
    ),
    (
        "largest-label",
        {".mode(dim=1).values": ".max(dim=1).values"},
        "You take the largest label. Let the neighbours vote.",
    ),
    (
        "smallest-label",
        {".mode(dim=1).values": ".min(dim=1).values"},
        "You take the smallest label. Let the neighbours vote.",
    ),
    (
        "all-must-agree",
        {
            "winners = train_labels[nearest].mode(dim=1).values\n    return (winners == test_labels)": "return (train_labels[nearest] == test_labels[:, None]).all(dim=1)"
        },
        "You count a test point as right only if all neighbours have its class. The majority decides.",
    ),
    (
        "absolute-majority",
        {
            "winners = train_labels[nearest].mode(dim=1).values\n    return (winners == test_labels)": "return ((train_labels[nearest] == test_labels[:, None]).double().mean(dim=1) > 0.5)"
        },
        "You ask for more than half of the votes. The most frequent class wins, also with fewer.",
    ),
    (
        "mode-indices",
        {".mode(dim=1).values": ".mode(dim=1).indices"},
        "`mode` returns values and indices. You compare the indices.",
    ),
    (
        "positions-vote",
        {"train_labels[nearest].mode": "nearest.mode"},
        "The positions of the neighbours vote, not their labels.",
    ),
    (
        "divided-by-train",
        {".double().mean().item()": ".double().sum().item() / len(train_labels)"},
        "You divide by the number of training points. Divide by the number of test points.",
    ),
    (
        "divided-by-k",
        {".double().mean().item()": ".double().mean().item() / k"},
        "You divide by k. Divide by the number of test points only.",
    ),
):
    WRONG.edit("knn_accuracy", _id, _message, _edits)
WRONG.settle("knn_accuracy", "one-neighbour-too-few", "vote")

_AXES = "Your pictures have the wrong axes. Return one row of 784 for each"
for _id, _code in (
    ("extra-axis", ".sigmoid()[:, None]"),
    ("extra-axis-in-front", ".sigmoid()[None]"),
    ("extra-axis-at-the-end", ".sigmoid()[..., None]"),
    ("flattened", ".sigmoid().flatten()"),
    ("transposed", ".sigmoid().T"),
):
    WRONG.edit("offset_walk", _id, f"{_AXES} offset.", {".sigmoid()": _code})
    WRONG.edit("latent_traversal", _id, f"{_AXES} value.", {".sigmoid()": _code})

for _id, _edits, _message in (
    (
        "names-in-capitals",
        {'"pca"': '"PCA"', '"tsne"': '"t-SNE"'},
        '"pca" is a ValueError, and another spelling is not. The names are "pca" and "tsne", in small letters.',
    ),
    (
        "tsne-with-a-hyphen",
        {'"tsne"': '"t-SNE"'},
        '"tsne" is a ValueError, and another spelling is not. The names are "pca" and "tsne", in small letters.',
    ),
):
    WRONG.edit("embed_2d", _id, _message, _edits)

_DISTANCES, _VOTERS, _TRUE = (
    "torch.cdist(test_z, train_z)",
    "train_labels[nearest]",
    "winners == test_labels",
)
_AROUND = {_DISTANCES: "torch.cdist(train_z, test_z)"}
for _id, _edits, _message in (
    (
        "test-points-vote",
        _AROUND | {_VOTERS: "test_labels[nearest]", _TRUE: "winners == train_labels"},
        "The roles are exchanged: your test points vote for the classes of the training points.",
    ),
    (
        "distances-transposed",
        _AROUND,
        "Your table of distances has a row for each training point. Each test point needs a row, with its distances to the training points.",
    ),
    (
        "test-labels-vote",
        {_VOTERS: "test_labels[nearest]"},
        "The neighbours are training points, and your votes are read from the labels of the test points.",
    ),
    (
        "compared-with-training-labels",
        {_TRUE: "winners == train_labels"},
        "The winners are compared with the labels of the training points. They are the classes of the test points.",
    ),
):
    WRONG.edit("knn_accuracy", _id, _message, _edits)

_OTHER_ERROR = "An unknown method raises another error than a ValueError."
_DELETED = (
    "After the call gradients that the model had are gone: `zero_grad` deletes those of the caller, too. "
    "This function makes no gradients, so there is nothing to clear."
)
_SCALED = "You divide each dimension by its spread before you measure distances. Then other points are near: measure between the codes as they are."
for _limit in (2, 3, 4):
    WRONG.edit(
        "offset_walk",
        f"kept-within-{_limit}",
        "You keep the codes near the prior. The walk is meant to leave it: decode mu(x) plus the offset, however far that is.",
        {"mu + offsets[:, None]": f"(mu + offsets[:, None]).clamp(-{_limit}, {_limit})"},
    )
for _exercise, _id, _message, _edits in (
    (
        "latent_grid",
        "default-coverage",
        "Without `coverage` your grid is another one than with 0.95. That is the default in the first line of the function.",
        {"coverage: float = 0.95": "coverage: float = 0.9"},
    ),
    (
        "interpolate",
        "float32-weights-only",
        "For float64 codes your function stops with an error: it mixes them with a tensor of float32. Make your own tensors in the dtype "
        "of the codes: `dtype=z_start.dtype`.",
        {
            f"return {_MIX}": "return torch.lerp(z_start, z_end, torch.linspace(0, 1, num_steps)[:, None])"
        },
    ),
    (
        "interpolate",
        "lengths-lost",
        "You scale both codes to length 1, so the path misses its ends. Mix the codes as they are.",
        {
            _MIX: "(1 - t) * F.normalize(z_start, dim=0) + t * F.normalize(z_end, dim=0)",
        },
    ),
    (
        "interpolate",
        "fractions-cut-off",
        "All your points but the last are z_start: t is cut down to whole numbers, by `//` or `int`. Divide with `/`.",
        {_T: "(torch.arange(num_steps) // (num_steps - 1)).to(z_start.dtype)[:, None]"},
    ),
    (
        "slerp",
        "angle-in-degrees-always",
        "Sines take radians: your angle is in degrees.",
        {
            "theta = torch.acos(cosine)": "theta = torch.rad2deg(torch.acos(cosine))",
            "torch.sin(theta) < 1e-6": "theta < 1e-3",
        },
    ),
    (
        "slerp",
        "small-angles-cut-off",
        "You cut the cosine off well below 1, so small angles come out too large. Only rounding lies above 1: clamp at 1, and fall back to "
        "the straight line where sin(theta) is nearly 0.",
        {".clamp(-1, 1)": ".clamp(-0.95, 0.95)"},
    ),
    (
        "slerp",
        "small-angles-cut-off-at-0.9",
        "You cut the cosine off well below 1, so small angles come out too large. Only rounding lies above 1: clamp at 1, and fall back to "
        "the straight line where sin(theta) is nearly 0.",
        {".clamp(-1, 1)": ".clamp(-0.9, 0.9)"},
    ),
    (
        "latent_traversal",
        "gradients-deleted",
        _DELETED,
        {"with torch.no_grad():": "model.zero_grad()\n    with torch.no_grad():"},
    ),
    (
        "offset_walk",
        "gradients-deleted",
        _DELETED,
        {"with torch.no_grad():": "model.zero_grad()\n    with torch.no_grad():"},
    ),
    (
        "embed_2d",
        "assertion-error",
        _OTHER_ERROR,
        {_RAISE: "raise AssertionError(method)"},
    ),
    ("embed_2d", "plain-exception", _OTHER_ERROR, {_RAISE: "raise Exception(method)"}),
    ("embed_2d", "name-error", _OTHER_ERROR, {_RAISE: "raise NameError(method)"}),
    (
        "embed_2d",
        "unbound-local-error",
        _OTHER_ERROR,
        {_RAISE: "raise UnboundLocalError(method)"},
    ),
    (
        "embed_2d",
        "part-of-a-name",
        'A part of a name, such as "p", is accepted. Compare the whole name: `method == "pca"`.',
        {'method == "pca"': 'method in "pca"', 'method == "tsne"': 'method in "tsne"'},
    ),
    (
        "knn_accuracy",
        "default-k",
        "Without `k`, not 5 points vote but another number. 5 is the default in the first line of the function.",
        {"k: int = 5": "k: int = 1"},
    ),
    (
        "knn_accuracy",
        "rounded",
        "You round the accuracy. Return it as it is; round where you print it.",
        {".mean().item()": ".mean().mul(100).round().item() / 100"},
    ),
    (
        "knn_accuracy",
        "standardised",
        _SCALED,
        {
            _DISTANCES: "torch.cdist(test_z / (train_z.std(0) + 1e-8), train_z / (train_z.std(0) + 1e-8))"
        },
    ),
    (
        "knn_accuracy",
        "standardised-in-place",
        f"{_SCALED} `sub_`, `div_` or `/=` also change the caller's own tensors.",
        {
            "    distances =": "    mean, spread = train_z.mean(0), train_z.std(0) + 1e-8\n    train_z.sub_(mean).div_(spread)\n    test_z.sub_(mean).div_(spread)\n    distances ="
        },
    ),
):
    WRONG.edit(_exercise, _id, _message, _edits)

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("latent_grid", "random-points", "order"),
    ("latent_grid", "concatenated", "quantiles"),
    ("latent_traversal", "left-in-training-mode", "dimension"),
    ("latent_traversal", "thresholded", "dimension"),
    ("knn_accuracy", "smallest-label", "vote"),
):
    WRONG.settle(exercise, id, *criteria)
