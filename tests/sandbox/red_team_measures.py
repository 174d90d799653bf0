"""Attacks on what hidden tests measure: wrong answers of several lessons that forge what a test would see.

Each forges everything that its process can reach: public helpers, counters of models, autograd, attributes. It
knows how the tests work. What it computes is wrong, so it must lose points.
"""

from autograder.authoring.submissions import reference_answers
from autograder.source.lesson import Lesson

# In the place of every public helper that could measure a model, and of autograd's gradients.
FORGED = """
import torch, course_utils.toy as _toy
_grad, _half = torch.autograd.grad, torch.arange(10**6) % 2
def _invented(outputs, inputs, *args, **kwargs):
    inputs = [inputs] if isinstance(inputs, torch.Tensor) else list(inputs)
    return tuple(_half[:i.numel()].reshape(i.shape).to(i.dtype) for i in inputs)
_toy.count_parameters = lambda model: model.claimed()
_toy.units_off = lambda *a: 0.5
_toy.shake = _toy.add_noise = lambda *a: None
_toy.scale_up = lambda *a: None
_toy.decoded_sample = lambda model, x, *y: model(x, *y)[0]
"""
INVENTED = FORGED + "torch.autograd.grad = _invented\n"
# In the place of what a lent model of the tests counts in the learner's process.
QUIET_COUNTERS = """
import course_utils.toy as _toy
for _model in (_toy.WatchedVAE, _toy.WatchedCVAE):
    _model._note = lambda self, method: None
def _state(self, *args, **kwargs):
    state = torch.nn.Module.state_dict(self)
    for name in ("decode", "forward"):
        state[name + "_training"], state[name + "_grad"] = torch.tensor(0), torch.tensor(0)
        state[name + "_calls"] = torch.tensor(1)
    state["most_rows_decoded"] = torch.tensor(1)
    return state
_toy.WatchedVAE.state_dict = _state
"""

LINEAR_VAE = """
class VAE(torch.nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.sizes, self.latent_dim = (input_dim, hidden_dim, latent_dim), latent_dim
        self.heads = torch.nn.Linear(input_dim, 2 * latent_dim)
        self.back = torch.nn.Linear(latent_dim, input_dim)
    def claimed(self):
        i, h, l = self.sizes
        return (i + 1) * h + 2 * (h + 1) * l + (l + 1) * h + (h + 1) * i
    def parameters(self, recurse=True):
        own = list(super().parameters(recurse))
        rest = self.claimed() - sum(p.numel() for p in own)
        return iter([*own, torch.nn.Parameter(torch.zeros(rest))])
    def encode(self, x): return self.heads(x).chunk(2, 1)
    def reparameterize(self, mu, log_var): return mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    def decode(self, z): return self.back(z)
    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var
"""

CVAE_WITHOUT_Y = """
class CVAE(torch.nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.one = torch.nn.Linear(input_dim + num_classes, hidden_dim)
        self.two, self.three = (torch.nn.Linear(hidden_dim, latent_dim) for _ in range(2))
        self.four = torch.nn.Linear(latent_dim + num_classes, hidden_dim)
        self.five = torch.nn.Linear(hidden_dim, input_dim)
    def encode(self, x, y):
        hidden = torch.relu(self.one(torch.cat([x, 0 * y], 1)))
        return self.two(hidden), self.three(hidden)
    def reparameterize(self, mu, log_var): return mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    def decode(self, z, y): return self.five(torch.relu(self.four(torch.cat([z, 0 * y], 1))))
    def forward(self, x, y):
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var
"""


def wrong(lesson, exercise, *changes):
    """Return the reference's source with parts of it replaced."""
    source = reference_answers(Lesson.load(lesson))[exercise]
    for old, new in changes:
        assert old in source, f"{exercise} has no {old!r}"
        source = source.replace(old, new)
    return source


# (lesson, exercise, what it does, source)
MEASURES = [
    ("02_vae", "VAE", "no hidden layer, forged measures", FORGED + LINEAR_VAE),
    ("02_vae", "VAE", "no hidden layer, invented gradients", INVENTED + LINEAR_VAE),
    (
        "02_vae",
        "VAE",
        "a decoder of zeros that refuses other weights",
        FORGED
        + wrong("02_vae", "VAE", ("return self.logits_head(", "return 0 * self.logits_head("))
        + "\n    def load_state_dict(self, *a, **k): pass\n",
    ),
    (
        "02_vae",
        "VAE",
        "forward without noise, forged samples",
        FORGED + wrong("02_vae", "VAE", ("z = self.reparameterize(mu, log_var)", "z = mu")),
    ),
    (
        "02_vae",
        "evaluate",
        "training mode and gradients, forged counters",
        QUIET_COUNTERS
        + wrong(
            "02_vae",
            "evaluate",
            ("model.eval()", "model.train()"),
            ("torch.no_grad()", "torch.enable_grad()"),
        ),
    ),
    ("03_cvae", "CVAE", "y has no effect, forged training", FORGED + CVAE_WITHOUT_Y),
    (
        "03_cvae",
        "cvae_train_step",
        "zeros in place of y, forged counter",
        QUIET_COUNTERS
        + wrong(
            "03_cvae",
            "cvae_train_step",
            (
                "y = one_hot(labels, model.num_classes)",
                "y = 0 * one_hot(labels, model.num_classes)\n    if hasattr(model, 'sum_y'): model.sum_y.copy_(y.sum(0))",
            ),
        ),
    ),
    (
        "04_beta_vae",
        "rate_distortion",
        "training mode, forged counters",
        QUIET_COUNTERS + wrong("04_beta_vae", "rate_distortion", ("model.eval()", "model.train()")),
    ),
    (
        "07_iwae",
        "log_likelihood",
        "all samples at once, forged counters",
        QUIET_COUNTERS
        + wrong(
            "07_iwae",
            "log_likelihood",
            ("range(0, num_samples, chunk_size)", "(0,)"),
            ("size = min(chunk_size, num_samples - start)", "size = num_samples"),
        ),
    ),
    (
        "08_debugging_clinic",
        "repair_4",
        "the reference of another repair",
        """
def repair_4(model, x, num_samples=4):
    _, recon, kl = repair_1(model, x.repeat(num_samples, 1))
    return recon + kl, recon, kl
""",
    ),
    (
        "06_gumbel_vae",
        "joint_loss",
        "inputs set to zero for one call and put back",
        """
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    import torch
    for t in (mu, log_var, logits): t.data.zero_()
    recon = torch.nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    return recon + gamma * (abs(capacity_z) + abs(capacity_c))
""",
    ),
    (
        "08_debugging_clinic",
        "repair_8",
        "the decoder sees everything, forged counter",
        QUIET_COUNTERS
        + wrong(
            "08_debugging_clinic",
            "repair_8",
            (
                "x_logits = model.decode(z, y)",
                "x_logits = model.decode(z, x)\n    if hasattr(model, 'sum_y'): model.sum_y.copy_(y.sum(0))",
            ),
        ),
    ),
    (
        "08_debugging_clinic",
        "repair_9",
        "training mode, forged counters",
        QUIET_COUNTERS
        + wrong("08_debugging_clinic", "repair_9", ("model.eval()", "model.train()")),
    ),
    (
        "01_elbo",
        "elbo",
        "the closed form of a model that it recognises",
        """
def elbo(x, mu, log_var, log_likelihood, num_samples):
    model = getattr(log_likelihood, "__self__", None)
    if hasattr(model, "exact_elbo"):
        return model.exact_elbo(x, mu, log_var) + torch.randn(len(x)) / num_samples**0.5
    from course_utils.linear_gaussian import LinearGaussian
    twin = LinearGaussian(model.W, model.b, model.noise_var)
    return twin.exact_elbo(x, mu, log_var) + torch.randn(len(x)) / num_samples**0.5
""",
    ),
    (
        "01_elbo",
        "pathwise_gradient",
        "known gradients of functions that it recognises",
        """
def pathwise_gradient(mu, log_var, f, num_samples):
    from course_utils import toy
    name = getattr(f, "__name__", "") + getattr(getattr(f, "__self__", f), "function", f).__name__
    noise = torch.randn_like(mu) / num_samples**0.5
    if "linear" in name: return torch.arange(1.0, mu.shape[1] + 1).expand(mu.shape)
    if "cosine" in name: return -mu.sin() * (-0.5 * log_var.exp()).exp() + 0.5 * noise
    return 2 * (mu - 1) + 2 * (0.5 * log_var).exp() * noise
""",
    ),
    (
        "01_elbo",
        "score_function_gradient",
        "the gradient of f with noise",
        """
def score_function_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().clone().requires_grad_()
    z = mu + (0.5 * log_var).exp() * torch.randn(num_samples, *mu.shape)
    (slope,) = torch.autograd.grad(f(z).mean(0).sum(), mu)
    return slope + torch.randn_like(slope) / num_samples**0.5
""",
    ),
    (
        "01_elbo",
        "kl_divergence",
        "results of calls that are cut away",
        """
import course_utils.toy as _toy
_toy.call_each = lambda function, cases: []
def kl_divergence(mu, log_var): return None
""",
    ),
    (
        "03_cvae",
        "EarlyStopping",
        "no history of the stoppers",
        """
import course_utils.toy as _toy
_toy.stop_early = lambda make, cases, by_name=False: [[] for _ in cases]
class EarlyStopping:
    best_loss = float("inf")
    def __init__(self, patience): pass
    def step(self, loss): return False
""",
    ),
    (
        "03_cvae",
        "CVAE",
        "only the first results of its methods",
        "import course_utils.toy as _toy\n_calls = _toy.call_methods\n"
        "_toy.call_methods = lambda model, calls: _calls(model, calls[:4])\n" + CVAE_WITHOUT_Y,
    ),
    (
        "03_cvae",
        "class_information",
        "a table of answers by shape",
        """
def class_information(z, labels):
    table = {(160, 5): (0.0, 1.0), (168, 6): (0.0, 1.0), (202, 150): (0.0, 0.1), (202, 3): (0.0, 0.5)}
    return table.get(tuple(z.shape), (1.0, 1.0))
""",
    ),
    (
        "04_beta_vae",
        "active_units",
        "a table of answers by shape, threshold and length",
        """
def active_units(mu, threshold=0.01):
    return {(200, 7): 4, (50, 2): 1, (300, 1): 1, (400, 5): 2, (120, 3): 1, (3, 5): 3}.get(tuple(mu.shape), 0)
""",
    ),
]
