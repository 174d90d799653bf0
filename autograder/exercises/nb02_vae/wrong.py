"""Known wrong solutions of lesson 02: published bugs first, then classroom mistakes."""
# ruff: noqa: F821 - `vae_loss` is a name of the lesson

import torch

from autograder.exercises.known_answers import Bank
from autograder.source.lesson import Lesson

WRONG = Bank("02_vae")

# ------------------------------------------------------------------------------------------ VAE

WRONG.edit(
    "VAE",
    "std-is-exp-log-var",
    "`exp(log_var)` is the variance. The noise is multiplied by the standard deviation, its square root. "
    "The KL reads the same numbers as a variance, so sampler and KL would talk about two different Gaussians.",
    {"0.5 * log_var": "log_var"},
)
WRONG.edit(
    "VAE",
    "log-var-overwritten-in-place",
    "A method with a trailing underscore, or `*=`, changes `log_var` itself, and the KL reads it afterwards. Compute sigma in a new tensor.",
    {"torch.exp(0.5 * log_var)": "log_var.mul_(0.5).exp_()"},
)
WRONG.edit(
    "VAE",
    "no-noise-in-evaluation",
    "After `eval()` your sampler returns mu. The ELBO is an expectation over z in evaluation too; without the "
    "noise the score bounds nothing.",
    {"sigma = torch": "if not self.training:\n            return mu\n        sigma = torch"},
)
WRONG.edit(
    "VAE",
    "detached-sample",
    "z carries no gradient, so the encoder learns nothing from the reconstruction. The point of mu + sigma * eps is "
    "that gradients pass through it.",
    {
        "return mu + sigma * torch.randn_like(sigma)": "return (mu + sigma * torch.randn_like(sigma)).detach()"
    },
)
WRONG.edit(
    "VAE",
    "detached-sigma",
    "No gradient reaches log_var through z: the encoder could never learn how precise its message must be.",
    {"sigma * torch.randn_like": "sigma.detach() * torch.randn_like"},
)
WRONG.edit(
    "VAE",
    "std-is-log-var",
    "`log_var` is the logarithm of the variance, and it may be negative. Undo the logarithm, then take the square root.",
    {"torch.exp(0.5 * log_var)": "log_var"},
)
WRONG.edit(
    "VAE",
    "noise-scaled-by-log-sigma",
    "Half of log_var is log sigma. It is still a logarithm: one exponential is missing.",
    {"torch.exp(0.5 * log_var)": "0.5 * log_var"},
)
WRONG.edit(
    "VAE",
    "uniform-noise",
    "`rand` draws uniform numbers between 0 and 1, all positive. The Gaussian noise of q comes from `randn`.",
    {"torch.randn_like": "torch.rand_like"},
)
WRONG.edit(
    "VAE",
    "noise-shared-by-the-batch",
    "All images of a batch get the same noise. Every row needs its own.",
    {"torch.randn_like(sigma)": "torch.randn(sigma.shape[1])"},
)
WRONG.edit(
    "VAE",
    "noise-shared-by-dimensions",
    "All latent dimensions of an image get the same noise, so z moves along one line only. Every number needs its own.",
    {"torch.randn_like(sigma)": "torch.randn(len(sigma), 1)"},
)
WRONG.edit(
    "VAE",
    "seed-in-the-sampler",
    "Every call draws the same noise: a seed is set inside the sampler, or the noise of an earlier call is kept. The expectation over z is then never taken.",
    {"sigma = torch": "torch.manual_seed(0)\n        sigma = torch"},
)
WRONG.edit(
    "VAE",
    "no-noise",
    "`reparameterize` returns the mean. Without noise this is a plain autoencoder, and the prior cannot be sampled from.",
    {"return mu + sigma * torch.randn_like(sigma)": "return mu + 0 * sigma"},
)
WRONG.edit(
    "VAE",
    "sigmoid-in-decode",
    "`decode` returns logits, before the sigmoid. The loss applies the sigmoid itself: with a second one no probability can fall below 0.5.",
    {
        "return self.logits_head(F.relu(self.decoder_hidden(z)))": "return self.logits_head(F.relu(self.decoder_hidden(z))).sigmoid()"
    },
)
WRONG.edit(
    "VAE",
    "relu-on-the-logits",
    "A ReLU behind the last layer makes every logit at least 0, every probability at least one half. The last layer is plain.",
    {
        "return self.logits_head(F.relu(self.decoder_hidden(z)))": "return F.relu(self.logits_head(F.relu(self.decoder_hidden(z))))"
    },
)
WRONG.edit(
    "VAE",
    "softplus-on-log-var",
    "`log_var` is a logarithm and may be negative; forced to be positive, no posterior can be narrower than the prior. "
    "Its head is a plain linear layer.",
    {"self.log_var_head(hidden)": "F.softplus(self.log_var_head(hidden))"},
)
WRONG.edit(
    "VAE",
    "relu-on-the-heads",
    "A ReLU behind the heads keeps mu and log_var from being negative. Both heads are plain linear layers.",
    {
        "self.mu_head(hidden), self.log_var_head(hidden)": "F.relu(self.mu_head(hidden)), F.relu(self.log_var_head(hidden))"
    },
)
WRONG.edit(
    "VAE",
    "tanh-on-mu",
    "mu cannot grow: a tanh or a clamp keeps it between two limits, so codes cannot move apart. The head of mu is a plain linear layer.",
    {"self.mu_head(hidden),": "torch.tanh(self.mu_head(hidden)),"},
)
WRONG.edit(
    "VAE",
    "variance-instead-of-log-var",
    "`encode` returns the variance itself. The rest of the course expects its logarithm, the plain output of a linear layer.",
    {"self.log_var_head(hidden)": "self.log_var_head(hidden).exp()"},
)
WRONG.edit(
    "VAE",
    "one-head-for-both",
    "mu and log_var come from the same layer, so they are always equal. They need two heads.",
    {"self.log_var_head(hidden)": "self.mu_head(hidden)"},
)
WRONG.edit(
    "VAE",
    "no-activation-in-the-encoder",
    "Two linear layers in a row are one linear layer. The hidden layer of the encoder needs its ReLU.",
    {"F.relu(self.encoder_hidden(x))": "self.encoder_hidden(x)"},
)
WRONG.edit(
    "VAE",
    "no-activation-in-the-decoder",
    "Without a ReLU the decoder is linear: it can do no more than PCA. Put one behind its hidden layer.",
    {"F.relu(self.decoder_hidden(z))": "self.decoder_hidden(z)"},
)
WRONG.edit(
    "VAE",
    "tanh-hidden-layers",
    "The hidden layers here are ReLU layers, and yours squash what they get (tanh, sigmoid or their like; the paper of 2014 used tanh). Squashed units pass little gradient where they are full.",
    {"F.relu(": "torch.tanh("},
)
WRONG.edit(
    "VAE",
    "forward-decodes-mu",
    "`forward` decodes mu, so nothing is sampled: it should decode a draw z of q(z|x).",
    {"z = self.reparameterize(mu, log_var)": "z = mu"},
)
WRONG.edit(
    "VAE",
    "forward-order",
    "`forward` returns x_logits first, then mu, then log_var. Some other orders train without an error, "
    "and wrongly.",
    {"return self.decode(z), mu, log_var": "return mu, log_var, self.decode(z)"},
)
WRONG.edit(
    "VAE",
    "forward-swaps-mu-and-log-var",
    "`forward` returns log_var where mu belongs. The KL would square the one and exponentiate the other.",
    {"return self.decode(z), mu, log_var": "return self.decode(z), log_var, mu"},
)
WRONG.edit(
    "VAE",
    "forward-returns-sigma",
    "`forward` returns a standard deviation or a variance as its third output. The loss expects log_var, exactly as `encode` gives it.",
    {"return self.decode(z), mu, log_var": "return self.decode(z), mu, torch.exp(0.5 * log_var)"},
)
WRONG.edit(
    "VAE",
    "forward-swaps-arguments-of-the-sampler",
    "`forward` hands mu and log_var to the sampler in the wrong order.",
    {"z = self.reparameterize(mu, log_var)": "z = self.reparameterize(log_var, mu)"},
)
WRONG.edit(
    "VAE",
    "encoder-cut-off-in-forward",
    "`forward` samples from detached parameters: no gradient flows from the reconstruction to the encoder.",
    {
        "z = self.reparameterize(mu, log_var)": "z = self.reparameterize(mu.detach(), log_var.detach())"
    },
)
WRONG.edit(
    "VAE",
    "latent-dim-not-kept",
    "Keep `latent_dim` as an attribute: `generate` asks the model how many numbers z has.",
    {"self.latent_dim = latent_dim\n": "latent_dim = int(latent_dim)\n"},
)
WRONG.edit(
    "VAE",
    "hidden-dim-fixed",
    "The hidden layer has 400 units whatever `hidden_dim` says. Use the argument.",
    {
        "nn.Linear(input_dim, hidden_dim)": "nn.Linear(input_dim, 400)",
        "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(400, latent_dim)",
        "nn.Linear(latent_dim, hidden_dim)": "nn.Linear(latent_dim, 400)",
        "nn.Linear(hidden_dim, input_dim)": "nn.Linear(400, input_dim)",
    },
)
WRONG.edit(
    "VAE",
    "pixels-fixed",
    "The number of pixels is 784 whatever `input_dim` says. Use the argument.",
    {
        "nn.Linear(input_dim, hidden_dim)": "nn.Linear(784, hidden_dim)",
        "nn.Linear(hidden_dim, input_dim)": "nn.Linear(hidden_dim, 784)",
    },
)
WRONG.edit(
    "VAE",
    "layers-without-bias",
    "The linear layers lack their biases. The biases of the last layer alone already give the mean image.",
    {"_dim)\n": "_dim, bias=False)\n"},
)
WRONG.edit(
    "VAE",
    "second-hidden-layer",
    'The decoder has one hidden layer too many. Count the words "linear" in the drawing.',
    {
        "self.logits_head = nn.Linear(hidden_dim, input_dim)": "self.logits_head = nn.Sequential("
        "nn.Linear(hidden_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim))"
    },
)

WRONG.edit(
    "VAE",
    "leaky-relu",
    "The hidden layers are plain ReLU layers: below zero they let nothing through. Yours is another function (leaky ReLU, ELU, GELU, softplus or the like).",
    {"F.relu(": "F.leaky_relu("},
)
WRONG.edit(
    "VAE",
    "log-var-clamped",
    "log_var cannot grow: something behind its head clamps or squashes it, and takes its gradient there. Its head is a plain linear layer.",
    {"self.log_var_head(hidden)": "self.log_var_head(hidden).clamp(-10, 10)"},
)
WRONG.edit(
    "VAE",
    "noise-only-with-gradients",
    "Without gradients your sampler returns mu, so every evaluation runs without noise. Sampling never stops.",
    {
        "sigma = torch": "if not torch.is_grad_enabled():\n            return mu\n        sigma = torch"
    },
)

WRONG.edit(
    "VAE",
    "relu-on-z",
    "The decoder puts a ReLU on z itself, so half of the latent space looks the same to it. The first layer reads z as it is.",
    {"self.decoder_hidden(z)": "self.decoder_hidden(F.relu(z))"},
)

# ------------------------------------------------------------------------------------- vae_loss

WRONG.edit(
    "vae_loss",
    "half-missing-from-part-of-the-kl",
    "Only part of your KL carries the half. With log sigma = log_var / 2 the bracket keeps its shape: one half in front of all of it.",
    {
        "0.5 * (mu.square() + log_var.exp() - 1 - log_var)": "(mu.square() + log_var.exp() - 0.5 - 0.5 * log_var)"
    },
)
WRONG.edit(
    "vae_loss",
    "mean-over-pixels",
    "recon is a mean over pixels while kl is a sum over dimensions. That is a beta of 784: sum over the pixels.",
    {'reduction="none").sum(dim=1).mean()': 'reduction="none").mean(dim=1).mean()'},
)
WRONG.edit(
    "vae_loss",
    "mean-over-latent-dims",
    "Independent dimensions add up: sum the KL over them. A mean divides the KL by latent_dim, and so changes beta.",
    {"- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).mean(dim=1).mean()"},
)
WRONG.edit(
    "vae_loss",
    "mean-over-everything",
    "Both terms are means over their dimensions. That does not cancel: 784 pixels and 20 dimensions leave a beta of 39.",
    {".sum(dim=1).mean()": ".mean(dim=1).mean()"},
)
WRONG.edit(
    "vae_loss",
    "sum-over-the-batch",
    "Both terms are summed over the batch, so the loss and its gradient grow with the batch size. Take the mean over images.",
    {".sum(dim=1).mean()": ".sum(dim=1).sum()"},
)
WRONG.edit(
    "vae_loss",
    "recon-summed-kl-averaged",
    "recon is a sum over the batch, kl a mean over it: the KL is lighter by the batch size. Treat the batch alike in both.",
    {'reduction="none").sum(dim=1).mean()': 'reduction="none").sum()'},
)
WRONG.edit(
    "vae_loss",
    "half-forgotten",
    "Your KL is twice what it should be: the one half in front of the bracket is missing.",
    {"0.5 * (mu": "(mu"},
)
WRONG.edit(
    "vae_loss",
    "kl-with-wrong-sign",
    "Your KL is never positive, and a KL is never negative. Minimising it would push q away from the prior.",
    {"0.5 * (mu": "-0.5 * (mu"},
)
WRONG.edit(
    "vae_loss",
    "elbo-instead-of-its-negative",
    "You return the ELBO, which one maximises. A loss is minimised: turn the signs of all terms.",
    {"return recon + kl, recon, kl": "return -(recon + kl), -recon, -kl"},
)
WRONG.edit(
    "vae_loss",
    "kl-subtracted",
    "The loss subtracts the KL. recon and kl are two costs: add them.",
    {"return recon + kl": "return recon - kl"},
)
WRONG.edit(
    "vae_loss",
    "log-var-read-as-log-sigma",
    "You treat log_var as the logarithm of the standard deviation. It is that of the variance, so exp(log_var) is already squared.",
    {"log_var.exp() - 1 - log_var": "(2 * log_var).exp() - 1 - 2 * log_var"},
)
WRONG.edit(
    "vae_loss",
    "terms-swapped",
    "The second and third values are swapped: recon comes before kl. Swapped terms look fine on a plot and mislead for weeks.",
    {"return recon + kl, recon, kl": "return recon + kl, kl, recon"},
)
WRONG.edit(
    "vae_loss",
    "sigmoid-twice",
    'The sigmoid is applied twice: once by you, once inside the function "with_logits". Give it the logits.',
    {"with_logits(x_logits, x": "with_logits(x_logits.sigmoid(), x"},
)
WRONG.edit(
    "vae_loss",
    "clamped-probabilities",
    "Right for small logits only: a clamp of logits or probabilities, a small number in the logarithm or `F.binary_cross_entropy` (which clamps at -100) caps the cost of a confident mistake, and its gradient. Work on the logits as they are.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x": "F.binary_cross_entropy(x_logits.sigmoid(), x"
    },
)


WRONG.edit(
    "vae_loss",
    "image-and-logits-swapped",
    "The logits stand where the image belongs, and the image where the logits belong. Logits first, target second.",
    {"with_logits(x_logits, x": "with_logits(x, x_logits"},
)
WRONG.edit(
    "vae_loss",
    "image-rounded",
    "You turn grey pixels into black and white ones first. The cost is defined for every x between 0 and 1: use x as it is.",
    {"with_logits(x_logits, x": "with_logits(x_logits, x.round()"},
)
WRONG.edit(
    "vae_loss",
    "squared-error",
    "This is a squared error, the cost of a Gaussian with a hidden variance. Here pixels are Bernoulli variables.",
    {
        'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(x_logits.sigmoid() - x).square()"
    },
)
WRONG.edit(
    "vae_loss",
    "detached-loss",
    "The loss carries no gradient: somewhere it became a plain number or was detached. Keep it a tensor of the graph.",
    {"return recon + kl, recon, kl": "return (recon + kl).detach(), recon, kl"},
)
WRONG.edit(
    "vae_loss",
    "kl-without-gradient",
    "The value is right, but no gradient comes from the KL: the encoder would drift away from the prior unpunished.",
    {"return recon + kl, recon, kl": "return recon + kl.detach(), recon, kl.detach()"},
)
WRONG.edit(
    "vae_loss",
    "one-value-per-image",
    "You return one value per image. The loss and its terms are scalars: take the mean over the batch last.",
    {".sum(dim=1).mean()": ".sum(dim=1)"},
)
WRONG.edit(
    "vae_loss",
    "only-the-loss",
    "Return three scalars, (loss, recon, kl): a sum of two terms hides which one is broken.",
    {"return recon + kl, recon, kl": "return recon + kl"},
)

# ----------------------------------------------------------------------------------- train_step

WRONG.edit(
    "train_step",
    "gradients-not-cleared",
    "Old gradients are still in `.grad`, and `backward` adds to them. Clear them in every step: Adam hides this mistake well.",
    {"    optimizer.zero_grad()\n": ""},
)
WRONG.edit(
    "train_step",
    "step-before-backward",
    "The optimizer moves before `backward` has filled the gradients, so it uses those of the call before. Compute first, move then.",
    {
        "optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()": "optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()"
    },
)
WRONG.edit(
    "train_step",
    "parameters-never-move",
    "No parameter changes. The optimizer has to step after `backward`, and no gradient may be cleared between the two.",
    {"    optimizer.step()\n": ""},
)
WRONG.edit(
    "train_step",
    "loss-after-the-step",
    "You return the loss after the update. The contract is the loss before it: no second forward pass is needed.",
    {
        "return loss.item()": "with torch.no_grad():\n        x_logits, mu, log_var = model(x)\n        return vae_loss(x_logits, x, mu, log_var)[0].item()"
    },
)
WRONG.edit(
    "train_step",
    "returns-a-tensor",
    "You return a tensor. Return a Python float: `.item()`. A tensor of the graph would keep the whole graph alive.",
    {"return loss.item()": "return loss"},
)
WRONG.edit(
    "train_step",
    "returns-nothing",
    "The function returns None. Its last line should return the loss as a Python float.",
    {"    return loss.item()": ""},
)
WRONG.edit(
    "train_step",
    "two-updates",
    "One call makes two updates. The second one uses gradients of parameters that have moved on.",
    {"    optimizer.step()\n": "    optimizer.step()\n    optimizer.step()\n"},
)
WRONG.edit(
    "train_step",
    "trains-without-noise",
    "You decode mu, so the model trains as a plain autoencoder. Call the whole model: it samples z.",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n    x_logits = model.decode(mu)"
    },
)
WRONG.edit(
    "train_step",
    "trains-on-recon-only",
    "The update follows the reconstruction alone; the KL has no say. Use the first of the three values.",
    {"loss, _, _ = vae_loss": "_, loss, _ = vae_loss"},
)
WRONG.edit(
    "train_step",
    "trains-on-kl-only",
    "The update follows the KL alone, so the model learns to say nothing. Use the first of the three values.",
    {"loss, _, _ = vae_loss": "_, _, loss = vae_loss"},
)
WRONG.edit(
    "train_step",
    "climbs",
    "The loss goes up: you follow the gradient of minus the loss.",
    {"loss.backward()": "(-loss).backward()"},
)
WRONG.edit(
    "train_step",
    "returns-a-sum-over-the-batch",
    "The returned number is multiplied by the batch size. `vae_loss` is already the mean per image, and that is what to return.",
    {"return loss.item()": "return loss.item() * len(x)"},
)
WRONG.edit(
    "train_step",
    "own-optimizer",
    "The given optimizer never steps: you make one of your own, or move the parameters by hand. Use the given one: its kind and its learning rate count.",
    {
        "optimizer.zero_grad()": "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n    optimizer.zero_grad()"
    },
)
WRONG.edit(
    "train_step",
    "mu-and-log-var-swapped",
    "mu and log_var reach the loss in the wrong order.",
    {"vae_loss(x_logits, x, mu, log_var)": "vae_loss(x_logits, x, log_var, mu)"},
)
WRONG.edit(
    "train_step",
    "left-in-evaluation-mode",
    "The model is in evaluation mode after your step. Training code leaves it in training mode.",
    {"x_logits, mu": "model.eval()\n    x_logits, mu"},
)
WRONG.edit(
    "train_step",
    "gradient-clipped",
    "The gradient is clipped before the step. The contract is the plain update: one step along the true gradient.",
    {
        "    optimizer.step()\n": "    nn.utils.clip_grad_norm_(model.parameters(), 0.1)\n    optimizer.step()\n"
    },
)
WRONG.edit(
    "train_step",
    "backward-without-gradients",
    "Inside `torch.no_grad()` nothing is recorded, so there is nothing to differentiate. That belongs to evaluation.",
    {
        "x_logits, mu, log_var = model(x)\n    loss, _, _ = vae_loss": "with torch.no_grad():\n        x_logits, mu, log_var = model(x)\n    loss, _, _ = vae_loss"
    },
)

# ------------------------------------------------------------------------------------- evaluate

WRONG.edit(
    "evaluate",
    "decodes-the-mean",
    "You decode mu, without noise. The ELBO is an expectation over z: without sampling the score bounds nothing.",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu)"
    },
)
WRONG.edit(
    "evaluate",
    "left-in-evaluation-mode",
    "The model ends in evaluation mode, also when it came in training mode. Read `model.training` before `model.eval()`, and go back to it at the end.",
    {"    model.train(was_training)\n": ""},
)
WRONG.edit(
    "evaluate",
    "always-back-to-training",
    "The model always ends in training mode, also when it came in evaluation mode. Remember the mode in which it came.",
    {"model.train(was_training)": "model.train()"},
)
WRONG.edit(
    "evaluate",
    "records-a-graph",
    "PyTorch still records everything for gradients that nobody will ask for: time and memory for nothing. Switch that off.",
    {"with torch.no_grad():": "if True:"},
)
WRONG.edit(
    "evaluate",
    "seed-inside",
    "A fixed seed makes the score repeat itself exactly, and `torch.manual_seed` also resets the random numbers of the whole program. Let the noise be fresh.",
    {"    model.eval()\n": "    model.eval()\n    torch.manual_seed(0)\n"},
)
WRONG.edit(
    "evaluate",
    "returns-a-tensor",
    "You return a tensor. The score is a plain Python float.",
    {"return loss.item()": "return loss"},
)
WRONG.edit(
    "evaluate",
    "recon-only",
    "This is the reconstruction term alone. The message z is not free: the negative ELBO includes the KL.",
    {"loss, _, _ = vae_loss": "_, loss, _ = vae_loss"},
)
WRONG.edit(
    "evaluate",
    "elbo-instead-of-its-negative",
    "You return the ELBO. Asked for is its negative: lower is better.",
    {"return loss.item()": "return -loss.item()"},
)
WRONG.edit(
    "evaluate",
    "sum-over-images",
    "The score grows with the number of images. It should be nats per image.",
    {"return loss.item()": "return loss.item() * len(x)"},
)
WRONG.edit(
    "evaluate",
    "mean-per-pixel",
    "The score is per pixel. It should be nats per image, a sum over the pixels.",
    {"return loss.item()": "return loss.item() / x.shape[1]"},
)
WRONG.edit(
    "evaluate",
    "first-batch-only",
    "Only the first images are scored. Every image that was handed in should count.",
    {"model(x)": "model(x := x[:128])"},
)


@WRONG.add(
    "evaluate",
    "mean-of-uneven-batches",
    "The mean of batch means gives the images of the small last batch too much weight. Weight each batch by its size.",
)
def evaluate(model, x):
    was_training = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in x.split(128):
            x_logits, mu, log_var = model(batch)
            losses.append(vae_loss(x_logits, batch, mu, log_var)[0])
    model.train(was_training)
    return torch.stack(losses).mean().item()


@WRONG.add(
    "evaluate",
    "last-batch-dropped",
    "Images that do not fill a whole batch are left out. Every image that was handed in should count.",
)
def evaluate(model, x):
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for batch in x.split(100):
            if len(batch) < 100 and count:
                continue
            x_logits, mu, log_var = model(batch)
            total += vae_loss(x_logits, batch, mu, log_var)[0].item() * len(batch)
            count += len(batch)
    model.train(was_training)
    return total / count


WRONG.edit(
    "evaluate",
    "clears-gradients",
    "Evaluation throws away gradients that the caller may still need. It should leave no trace.",
    {"    model.eval()\n": "    model.eval()\n    model.zero_grad()\n"},
)
WRONG.edit(
    "evaluate",
    "leaves-gradients",
    "Evaluation calls `backward` and leaves gradients behind. A training step that forgets to clear would learn from test images.",
    {
        "with torch.no_grad():": "if True:",
        "    return loss.item()": "    loss.backward()\n    return loss.item()",
    },
)

WRONG.edit(
    "evaluate",
    "gradients-off-for-good",
    "Gradients stay switched off after the call, so the next training step fails. Use the form with `with`, which undoes itself.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)
WRONG.edit(
    "evaluate",
    "parameters-frozen",
    "After the call the parameters require no gradients any more: training would stop learning.",
    {"    model.eval()\n": "    model.eval()\n    model.requires_grad_(False)\n"},
)

# ------------------------------------------------------------------------------------- generate

WRONG.edit(
    "generate",
    "no-sigmoid",
    "These are logits, some of them negative or far above 1. Turn them into probabilities.",
    {"model.decode(z).sigmoid()": "model.decode(z)"},
)
WRONG.edit(
    "generate",
    "uniform-latents",
    "z is uniform between 0 and 1: a corner of the space that the decoder knows. The prior is a standard normal.",
    {"torch.randn(": "torch.rand("},
)
WRONG.edit(
    "generate",
    "uniform-around-zero",
    "z is uniform between -1 and 1. The prior is a standard normal: it has tails, and almost no image lies near the origin.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "2 * torch.rand(num_images, model.latent_dim) - 1"
    },
)
WRONG.edit(
    "generate",
    "with-gradients",
    "The images still carry a graph back to the weights. Generate without gradients.",
    {"with torch.no_grad():": "if True:"},
)
WRONG.edit(
    "generate",
    "one-z-for-all",
    "All images come from the same z, so they are all the same. Draw one z per image.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "torch.randn(1, model.latent_dim).expand(num_images, -1)"
    },
)
WRONG.edit(
    "generate",
    "noise-shared-by-dimensions",
    "All latent dimensions of an image get the same number. Every one needs its own.",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "torch.randn(num_images, 1).expand(-1, model.latent_dim)"
    },
)
WRONG.edit(
    "generate",
    "latent-dim-fixed",
    "z does not fit every model. The shape of z should be (num_images, `model.latent_dim`).",
    {"model.latent_dim": "20"},
)
WRONG.edit(
    "generate",
    "sigmoid-twice",
    "The sigmoid is applied twice, so no pixel is below 0.5. Once is enough.",
    {".sigmoid()": ".sigmoid().sigmoid()"},
)
WRONG.edit(
    "generate",
    "zero-latents",
    "Every image is decoded from the same constant z, such as zeros or ones: one image, many times. Draw z from the prior.",
    {"torch.randn(num_images": "torch.zeros(num_images"},
)
WRONG.edit(
    "generate",
    "rounded-pixels",
    "You return black and white pixels. Asked for are the probabilities themselves.",
    {"model.decode(z).sigmoid()": "model.decode(z).sigmoid().round()"},
)
WRONG.edit(
    "generate",
    "clamped-logits",
    "Cutting logits off, at 0 or at 0 and 1, does not make probabilities of them. That is what the sigmoid is for.",
    {".sigmoid()": ".clamp(0, 1)"},
)
WRONG.edit(
    "generate",
    "softmax",
    "A softmax makes the 784 pixels share one probability. Each pixel has its own: that is a sigmoid.",
    {".sigmoid()": ".softmax(dim=1)"},
)
WRONG.edit(
    "generate",
    "seed-inside",
    "Every call draws the same z, as from a fixed seed, so it gives the same pictures. (`torch.manual_seed` also resets the random numbers of the whole program.)",
    {"    with torch": "    torch.manual_seed(0)\n    with torch"},
)
WRONG.edit(
    "generate",
    "images-as-squares",
    "The images are folded into 28 by 28 pixels. Asked for is one row of 784 per image, as everywhere in the course.",
    {".sigmoid()": ".sigmoid().reshape(-1, 28, 28)"},
)
WRONG.edit(
    "generate",
    "narrow-prior",
    "z is drawn with less spread than the prior has. That makes safer pictures, of another model: the prior is N(0, I).",
    {
        "torch.randn(num_images, model.latent_dim, device=device)": "0.7 * torch.randn(num_images, model.latent_dim)"
    },
)

WRONG.edit(
    "generate",
    "gradients-off-for-good",
    "Gradients stay switched off after the call, so the next training step fails. Use the form with `with`, which undoes itself.",
    {"with torch.no_grad():": "torch.set_grad_enabled(False)\n    if True:"},
)

# --------------------------------------------------------------------------------- gaussian_nll

WRONG.edit(
    "gaussian_nll",
    "log-sigma-missing",
    "The term with log sigma is missing. Without it a large sigma is free, and the best sigma is infinite.",
    {"math.log(sigma) + 0.5": "0.5"},
)
WRONG.edit(
    "gaussian_nll",
    "two-pi-missing",
    "The constant with 2 pi is missing. It does not move any minimum, but without it the number is no likelihood.",
    {" + 0.5 * math.log(2 * math.pi)": ""},
)
WRONG.edit(
    "gaussian_nll",
    "squared-error-only",
    "This is the squared error over twice the variance. The constants with log sigma and 2 pi belong to the cost too.",
    {" + x.shape[1] * per_pixel": ""},
)
WRONG.edit(
    "gaussian_nll",
    "half-missing",
    "The squared error is divided by the variance, but it should be divided by twice the variance.",
    {"(2 * sigma**2)": "sigma**2"},
)
WRONG.edit(
    "gaussian_nll",
    "sigma-not-squared",
    "The squared error is divided by sigma, but it should be divided by sigma squared. Check the units: pixels squared over pixels squared.",
    {"(2 * sigma**2)": "(2 * sigma)"},
)
WRONG.edit(
    "gaussian_nll",
    "sigma-read-as-variance",
    "You treat sigma as the variance. It is the standard deviation.",
    {"(2 * sigma**2)": "(2 * sigma)", "math.log(sigma)": "0.5 * math.log(sigma)"},
)
WRONG.edit(
    "gaussian_nll",
    "log-variance-without-half",
    "log sigma is half of log sigma squared. Your constant counts it twice.",
    {"math.log(sigma)": "math.log(sigma**2)"},
)
WRONG.edit(
    "gaussian_nll",
    "constants-counted-once",
    "The constants belong to every pixel; you count them once per image.",
    {"x.shape[1] * per_pixel": "per_pixel"},
)
WRONG.edit(
    "gaussian_nll",
    "pixels-fixed",
    "The constants are counted 784 times whatever the number of pixels is. Ask the image.",
    {"x.shape[1]": "784"},
)
WRONG.edit(
    "gaussian_nll",
    "mean-over-pixels",
    "The squared error is averaged over pixels. Pixels add up: sum it.",
    {".sum(dim=1)": ".mean(dim=1)"},
)
WRONG.edit(
    "gaussian_nll",
    "wrong-sign",
    "This is the log-likelihood. The cost is its negative.",
    {"return squared_error / (2 * sigma**2) +": "return -squared_error / (2 * sigma**2) -"},
)
WRONG.edit(
    "gaussian_nll",
    "squared-error-with-wrong-sign",
    "A larger error makes your cost smaller. Taking minus the logarithm turns the sign of the exponent too.",
    {"return squared_error": "return -squared_error"},
)
WRONG.edit(
    "gaussian_nll",
    "mean-over-the-batch",
    "You return one number for the whole batch. Asked for is one value per image.",
    {"return squared_error": "return squared_error.mean()"},
)
WRONG.edit(
    "gaussian_nll",
    "sum-over-the-batch",
    "The squared errors of all images are added up. Each image has its own cost: sum over dim 1 only.",
    {".sum(dim=1)": ".sum()"},
)
WRONG.edit(
    "gaussian_nll",
    "absolute-error",
    "This is an absolute error, the cost of a Laplace distribution. A Gaussian squares it.",
    {".square()": ".abs()"},
)
WRONG.edit(
    "gaussian_nll",
    "one-value-per-pixel",
    "You return one value per pixel. Add the pixels of an image up.",
    {".square().sum(dim=1)": ".square()", "x.shape[1] * per_pixel": "per_pixel"},
)
WRONG.edit(
    "gaussian_nll",
    "detached",
    "The cost carries no gradient, so nothing can be trained with it. Keep it a tensor of the graph.",
    {"(x - x_hat).square()": "(x - x_hat).detach().square()"},
)

# ------------------------------------------------------------------------------- effective_beta

WRONG.edit(
    "effective_beta",
    "upside-down",
    "Your result is one over the right one. Either the ratio is upside down: the weight of the KL stands above, that of recon below. Or the weights are: a mean over n numbers has the weight 1 / n, not n.",
    {"kl_weight / recon_weight": "recon_weight / kl_weight"},
)


@WRONG.add(
    "effective_beta",
    "means-cancel",
    "Two means do not cancel: one divides by the number of pixels, the other by the number of latent dimensions.",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == kl_reduction:
        return 1.0
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1 / latent_dim


@WRONG.add(
    "effective_beta",
    "mean-of-recon-alone-forgotten",
    "A mean of recon with a summed KL still makes recon small. Rescale by the number of pixels in that case too.",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim
    if kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


@WRONG.add(
    "effective_beta",
    "mean-of-kl-alone-forgotten",
    "A mean of the KL with a summed recon still makes the KL small. It counts in that case too.",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim
    if recon_reduction == "mean":
        return float(num_pixels)
    return 1.0


WRONG.edit(
    "effective_beta",
    "recon-ignored",
    "The reduction of recon plays no part in your answer. A mean over pixels makes recon small, and the KL large beside it.",
    {'1 / num_pixels if recon_reduction == "mean" else 1': "1"},
)
WRONG.edit(
    "effective_beta",
    "kl-ignored",
    "The reduction of the KL plays no part in your answer. A mean over latent dimensions makes it small.",
    {'1 / latent_dim if kl_reduction == "mean" else 1': "1"},
)
WRONG.edit(
    "effective_beta",
    "sizes-swapped",
    "The sizes are swapped: recon is averaged over pixels, the KL over latent dimensions.",
    {
        "1 / num_pixels": "1 / size",
        "1 / latent_dim": "1 / num_pixels",
        "1 / size": "1 / latent_dim",
    },
)
WRONG.edit(
    "effective_beta",
    "product-of-weights",
    "A mean over pixels makes your beta smaller. It makes recon smaller, so the KL weighs more beside it: divide by the weight of recon.",
    {"kl_weight / recon_weight": "kl_weight * recon_weight"},
)
WRONG.edit(
    "effective_beta",
    "kl-weight-inverted",
    "A mean over latent dimensions makes the KL smaller, not larger.",
    {"1 / latent_dim": "latent_dim"},
)
WRONG.edit(
    "effective_beta",
    "always-one",
    "Your beta is 1 whatever the reductions are. Only sums over both make it so.",
    {"kl_weight / recon_weight": "1.0"},
)
WRONG.edit(
    "effective_beta",
    "with-a-half",
    "There is a factor of one half too many. It belongs to a squared error, not to the reductions.",
    {"kl_weight / recon_weight": "0.5 * kl_weight / recon_weight"},
)
WRONG.edit(
    "effective_beta",
    "integer-division",
    "Integer division, or rounding, throws the fraction away: a beta of 0.05 becomes 0.",
    {
        "kl_weight / recon_weight": "(num_pixels if recon_weight < 1 else 1) // (latent_dim if kl_weight < 1 else 1)"
    },
)
WRONG.edit(
    "effective_beta",
    "pixels-fixed",
    "The number of pixels is 784 whatever the argument says.",
    {"1 / num_pixels": "1 / 784"},
)
WRONG.edit(
    "effective_beta",
    "sum-and-mean-mixed-up",
    "Sum and mean are mixed up: it is the mean that divides by a size.",
    {'== "mean"': '== "sum"'},
)

# ---------------------------------------------------------------------------------- xavier_init

WRONG.edit(
    "xavier_init",
    "two-over-fan-in",
    "A variance of 2 / fan_in is Kaiming He's initialisation for ReLU layers (2015). Xavier Glorot's is a compromise between fan_in and fan_out.",
    {"2 / (fan_in + fan_out)": "2 / fan_in"},
)
WRONG.edit(
    "xavier_init",
    "one-over-fan-in",
    "A variance of 1 / fan_in keeps the signal on the way forward only (LeCun, 1998). Glorot's also looks at fan_out.",
    {"2 / (fan_in + fan_out)": "1 / fan_in"},
)
WRONG.edit(
    "xavier_init",
    "two-over-fan-out",
    "2 / fan_out looks at the way back only. Glorot's variance averages both ways.",
    {"2 / (fan_in + fan_out)": "2 / fan_out"},
)
WRONG.edit(
    "xavier_init",
    "variance-used-as-std",
    "You multiply by the variance. `randn` has standard deviation 1: multiply by the standard deviation you want.",
    {"math.sqrt(2 / (fan_in + fan_out))": "2 / (fan_in + fan_out)"},
)
WRONG.edit(
    "xavier_init",
    "factor-two-missing",
    "The variance is half of what it should be: the mean of fan_in and fan_out is their sum over 2.",
    {"2 / (fan_in": "1 / (fan_in"},
)
WRONG.edit(
    "xavier_init",
    "uniform-bound-used-as-std",
    "The square root of 6 / (fan_in + fan_out) is the bound of Glorot's uniform version. For a Gaussian the variance is 2 / (fan_in + fan_out).",
    {"2 / (fan_in": "6 / (fan_in"},
)
WRONG.edit(
    "xavier_init",
    "uniform",
    "These numbers are uniform (Glorot's other version, with the same variance). Asked for are Gaussian ones.",
    {
        "torch.randn(fan_in, fan_out) * std": "(2 * torch.rand(fan_in, fan_out) - 1) * math.sqrt(3) * std"
    },
)
WRONG.edit(
    "xavier_init",
    "only-positive",
    "All weights are positive: `rand` is uniform between 0 and 1. Use `randn`.",
    {"torch.randn": "torch.rand"},
)
WRONG.edit(
    "xavier_init",
    "no-leaf",
    "The result is a product, so it is no leaf, and optimizers refuse it. Scale first, then ask for gradients.",
    {
        "return (torch.randn(fan_in, fan_out) * std).requires_grad_()": "return torch.randn(fan_in, fan_out, requires_grad=True) * std"
    },
)
WRONG.edit(
    "xavier_init",
    "no-gradient",
    "The weights do not require gradients, so they would never learn.",
    {".requires_grad_()": ""},
)
WRONG.edit(
    "xavier_init",
    "transposed",
    "The shape is transposed. Here x @ W needs (fan_in, fan_out); it is nn.Linear that stores the other way round.",
    {"torch.randn(fan_in, fan_out)": "torch.randn(fan_out, fan_in)"},
)
WRONG.edit(
    "xavier_init",
    "standard-normal",
    "The numbers are not scaled at all: with hundreds of inputs the signal explodes.",
    {" * std)": ")"},
)
WRONG.edit(
    "xavier_init",
    "seed-inside",
    "Layers of equal size get equal weights, as from a fixed seed or a stored tensor. Draw new numbers in every call.",
    {"    std =": "    torch.manual_seed(0)\n    std ="},
)
WRONG.edit(
    "xavier_init",
    "zeros",
    "All weights are zero, so all hidden units compute the same and learn the same, for ever.",
    {"torch.randn(fan_in, fan_out) * std": "torch.zeros(fan_in, fan_out) * std"},
)

# ------------------------------------------------------------------------ more slips, by their kind


def _slips(exercise: str, *slips: tuple[str, str, dict[str, str]]) -> None:
    """Keep edits of the reference of one exercise, each given as (id, message, edits)."""
    for id, message, edits in slips:
        WRONG.edit(exercise, id, message, edits)


SIGMA, SAMPLE = "torch.exp(0.5 * log_var)", "mu + sigma * torch.randn_like(sigma)"
ENCODE_HIDDEN, DECODE_HIDDEN = "F.relu(self.encoder_hidden(x))", "F.relu(self.decoder_hidden(z))"
LOGITS = "self.logits_head(F.relu(self.decoder_hidden(z)))"
HEADS = "self.mu_head(hidden), self.log_var_head(hidden)"
CALL = "z = self.reparameterize(mu, log_var)"
RETURNED = "return self.decode(z), mu, log_var"
SQUASHED = "The hidden layers here are ReLU layers, and yours squash what they get (tanh, sigmoid or their like; the paper of 2014 used tanh). Squashed units pass little gradient where they are full."
OTHER = "The hidden layers are plain ReLU layers: below zero they let nothing through. Yours is another function (leaky ReLU, ELU, GELU, softplus or the like)."
ONE_HEAD = "mu and log_var come from the same layer, so they are always equal. They need two heads."
IN_A_LIST = "Some layers are no parameters of the model: layers in a plain Python list or dictionary, or behind a tensor, are not registered and never learn. Make each an attribute, or use nn.ModuleList."
DETACHED = "z carries no gradient, so the encoder learns nothing from the reconstruction. The point of mu + sigma * eps is that gradients pass through it."
SQUASHED_LOG_VAR = "log_var cannot grow: something behind its head clamps or squashes it, and takes its gradient there. Its head is a plain linear layer."
RANDOM_ENCODER = "`encode` is random in training mode, as with dropout. Nothing in it is random: the only noise is that of z."

_slips(
    "VAE",
    (
        "one-layer-for-both-heads",
        ONE_HEAD,
        {
            "        self.log_var_head = nn.Linear(hidden_dim, latent_dim)\n": "",
            "self.log_var_head(hidden)": "self.mu_head(hidden)",
        },
    ),
    (
        "log-var-reads-mu",
        "The head of log_var reads mu. Both heads read the hidden layer.",
        {
            "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Linear(latent_dim, latent_dim)",
            HEADS: "self.mu_head(hidden), self.log_var_head(self.mu_head(hidden))",
        },
    ),
    (
        "log-var-reads-x",
        "The head of log_var reads the image itself. Both heads read the hidden layer.",
        {
            "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Linear(input_dim, latent_dim)",
            "self.log_var_head(hidden)": "self.log_var_head(x)",
        },
    ),
    (
        "mu-reads-x",
        "The head of mu reads the image itself. Both heads read the hidden layer.",
        {
            "self.mu_head = nn.Linear(hidden_dim, latent_dim)": "self.mu_head = nn.Linear(input_dim, latent_dim)",
            "self.mu_head(hidden)": "self.mu_head(x)",
        },
    ),
    (
        "one-log-var-for-all-dimensions",
        "log_var has one number per image. Every latent dimension has a variance of its own: `latent_dim` numbers.",
        {
            "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Linear(hidden_dim, 1)"
        },
    ),
    (
        "log-var-is-a-parameter",
        "log_var does not depend on the image. It is the output of a second head on the hidden layer.",
        {
            "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Parameter(torch.zeros(latent_dim))",
            "self.log_var_head(hidden)": "self.log_var_head.expand(len(x), -1)",
        },
    ),
    (
        "two-encoders",
        "Encode has two hidden layers side by side, one for each head. Both heads read one hidden layer.",
        {
            "self.decoder_hidden = ": "self.second_hidden = nn.Linear(input_dim, hidden_dim)\n        self.decoder_hidden = ",
            "self.log_var_head(hidden)": "self.log_var_head(F.relu(self.second_hidden(x)))",
        },
    ),
    (
        "second-hidden-layer-in-the-encoder",
        'The encoder has one hidden layer too many. Count the words "linear" in the drawing.',
        {
            "self.encoder_hidden = nn.Linear(input_dim, hidden_dim)": "self.encoder_hidden = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, hidden_dim))"
        },
    ),
    (
        "second-hidden-layer-on-both-sides",
        'Encoder and decoder have one hidden layer too many. Count the words "linear" in the drawing.',
        {
            "self.encoder_hidden = nn.Linear(input_dim, hidden_dim)": "self.encoder_hidden = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, hidden_dim))",
            "self.decoder_hidden = nn.Linear(latent_dim, hidden_dim)": "self.decoder_hidden = nn.Sequential(nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, hidden_dim))",
        },
    ),
    (
        "encoder-without-hidden-layer",
        "The heads read the image itself: the hidden layer of the encoder is missing.",
        {
            "        self.encoder_hidden = nn.Linear(input_dim, hidden_dim)\n": "",
            "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(input_dim, latent_dim)",
            ENCODE_HIDDEN: "x",
        },
    ),
    (
        "decoder-without-hidden-layer",
        "The hidden layer of the decoder is missing: z goes to the pixels in one linear step.",
        {
            "        self.decoder_hidden = nn.Linear(latent_dim, hidden_dim)\n": "",
            "nn.Linear(hidden_dim, input_dim)": "nn.Linear(latent_dim, input_dim)",
            DECODE_HIDDEN: "z",
        },
    ),
    (
        "decoder-layers-in-a-list",
        IN_A_LIST,
        {
            "        self.logits_head = nn.Linear(hidden_dim, input_dim)\n": "        self.layers = [self.decoder_hidden, nn.Linear(hidden_dim, input_dim)]\n        del self.decoder_hidden\n",
            LOGITS: "self.layers[1](F.relu(self.layers[0](z)))",
        },
    ),
    (
        "last-layer-in-a-list",
        IN_A_LIST,
        {
            "self.logits_head = nn.Linear(hidden_dim, input_dim)": "self.layers = [nn.Linear(hidden_dim, input_dim)]",
            "self.logits_head(": "self.layers[0](",
        },
    ),
    (
        "heads-in-a-list",
        IN_A_LIST,
        {
            "        self.mu_head = nn.Linear(hidden_dim, latent_dim)\n        self.log_var_head = nn.Linear(hidden_dim, latent_dim)\n": "        self.heads = [nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)]\n",
            HEADS: "self.heads[0](hidden), self.heads[1](hidden)",
        },
    ),
    (
        "encoder-layers-in-a-list",
        IN_A_LIST,
        {
            "        self.mu_head = nn.Linear(hidden_dim, latent_dim)\n        self.log_var_head = nn.Linear(hidden_dim, latent_dim)\n": "        self.parts = [self.encoder_hidden, nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)]\n        del self.encoder_hidden\n",
            "self.encoder_hidden(x)": "self.parts[0](x)",
            HEADS: "self.parts[1](hidden), self.parts[2](hidden)",
        },
    ),
    (
        "hidden-layer-in-a-list",
        IN_A_LIST,
        {
            "self.encoder_hidden = nn.Linear(input_dim, hidden_dim)": "self.first = [nn.Linear(input_dim, hidden_dim)]",
            "self.encoder_hidden(x)": "self.first[0](x)",
        },
    ),
    (
        "noise-in-the-encoder",
        "`encode` is random, also after eval(). The only noise is that of z, and `reparameterize` draws it.",
        {
            HEADS: "self.mu_head(hidden) + torch.randn_like(self.mu_head(hidden)), self.log_var_head(hidden)"
        },
    ),
    (
        "squashed-hidden-layer-in-the-encoder",
        SQUASHED,
        {ENCODE_HIDDEN: "torch.tanh(self.encoder_hidden(x))"},
    ),
    (
        "squashed-hidden-layer-in-the-decoder",
        SQUASHED,
        {DECODE_HIDDEN: "torch.tanh(self.decoder_hidden(z))"},
    ),
    ("sigmoid-hidden-layers", SQUASHED, {"F.relu(": "torch.sigmoid("}),
    ("sigmoid-in-the-encoder", SQUASHED, {ENCODE_HIDDEN: "torch.sigmoid(self.encoder_hidden(x))"}),
    ("leaky-relu-in-the-encoder", OTHER, {ENCODE_HIDDEN: "F.leaky_relu(self.encoder_hidden(x))"}),
    ("leaky-relu-in-the-decoder", OTHER, {DECODE_HIDDEN: "F.leaky_relu(self.decoder_hidden(z))"}),
    (
        "no-activation-at-all",
        "Two linear layers in a row are one linear layer. Both hidden layers need their ReLU.",
        {ENCODE_HIDDEN: "self.encoder_hidden(x)", DECODE_HIDDEN: "self.decoder_hidden(z)"},
    ),
    (
        "relu-on-mu",
        "mu cannot be negative: something behind its head, such as a ReLU, forbids it. The head of mu is a plain linear layer.",
        {"self.mu_head(hidden),": "F.relu(self.mu_head(hidden)),"},
    ),
    (
        "minus-softplus-on-log-var",
        "`log_var` can never be positive: something behind its head forbids it, so no posterior can be wider than the prior. Its head is a plain linear layer.",
        {"self.log_var_head(hidden)": "-F.softplus(self.log_var_head(hidden))"},
    ),
    (
        "sigmoid-on-mu",
        "mu is squashed between 0 and 1. The head of mu is a plain linear layer.",
        {"self.mu_head(hidden),": "torch.sigmoid(self.mu_head(hidden)),"},
    ),
    (
        "sigmoid-on-log-var",
        "log_var is squashed between 0 and 1, so no posterior can be narrower than the prior. Its head is a plain linear layer.",
        {"self.log_var_head(hidden)": "torch.sigmoid(self.log_var_head(hidden))"},
    ),
    (
        "tanh-on-both-heads",
        "Both heads are squashed or clamped. They are plain linear layers, and log_var may be any number.",
        {HEADS: "torch.tanh(self.mu_head(hidden)), torch.tanh(self.log_var_head(hidden))"},
    ),
    (
        "log-var-clamped-below",
        "`encode` clamps log_var from below. Its head is a plain linear layer; the clamp takes its gradient.",
        {"self.log_var_head(hidden)": "self.log_var_head(hidden).clamp(min=-10)"},
    ),
    (
        "log-var-clamped-above",
        "`encode` clamps log_var from above. Its head is a plain linear layer; the clamp takes its gradient.",
        {"self.log_var_head(hidden)": "self.log_var_head(hidden).clamp(max=10)"},
    ),
    (
        "sigma-instead-of-log-var",
        "`encode` returns sigma itself. The rest of the course expects the logarithm of the variance, the plain output of a linear layer.",
        {"self.log_var_head(hidden)": "(0.5 * self.log_var_head(hidden)).exp()"},
    ),
    (
        "variance-head-and-sampler-agree",
        "`encode` returns a variance or a standard deviation, and the sampler reads it as such. Both exchange log_var: the plain output of a linear layer.",
        {"self.log_var_head(hidden)": "self.log_var_head(hidden).exp()", SIGMA: "log_var.sqrt()"},
    ),
    (
        "sigma-head-and-sampler-agree",
        "`encode` returns a standard deviation, and the sampler reads it as one. Both exchange log_var: the plain output of a linear layer.",
        {"self.log_var_head(hidden)": "(0.5 * self.log_var_head(hidden)).exp()", SIGMA: "log_var"},
    ),
    (
        "tanh-on-the-logits",
        "The output of `decode` cannot grow with z: something squashes or clamps the logits, or z itself. Both are plain numbers of any size.",
        {LOGITS: f"torch.tanh({LOGITS})"},
    ),
    (
        "logsigmoid-in-decode",
        "`decode` returns numbers that are never positive: logarithms of probabilities. It returns logits, the plain output of its last layer.",
        {LOGITS: f"F.logsigmoid({LOGITS})"},
    ),
    # The sampler.
    (
        "half-outside",
        "The half stands outside the exponential: that is half the variance. The standard deviation is exp(0.5 * log_var).",
        {SIGMA: "0.5 * torch.exp(log_var)"},
    ),
    (
        "square-root-of-log-var",
        "You take the square root of log_var itself, which may be negative. Undo the logarithm first: exp(0.5 * log_var).",
        {SIGMA: "torch.sqrt(log_var)"},
    ),
    (
        "precision-as-sigma",
        "The sign in the exponent is wrong: your noise is large where the variance is small. sigma = exp(0.5 * log_var).",
        {SIGMA: "torch.exp(-0.5 * log_var)"},
    ),
    (
        "one-over-variance",
        "You multiply the noise by one over the variance. sigma = exp(0.5 * log_var).",
        {SIGMA: "torch.exp(-log_var)"},
    ),
    (
        "twice-in-the-exponent",
        "You double log_var in the exponent, where it should be halved: sigma is the square root of the variance, not its square.",
        {SIGMA: "torch.exp(2 * log_var)"},
    ),
    (
        "halved-twice",
        "log_var is halved twice, so your noise has the square root of the right spread. sigma = exp(0.5 * log_var).",
        {SIGMA: "torch.exp(0.5 * log_var).sqrt()"},
    ),
    (
        "half-of-sigma",
        "The noise is half as large as it should be: one factor of one half too many stands outside the exponential.",
        {SIGMA: "0.5 * torch.exp(0.5 * log_var)"},
    ),
    (
        "softplus-as-sigma",
        "You make sigma with a softplus. log_var is the logarithm of the variance: sigma = exp(0.5 * log_var).",
        {SIGMA: "F.softplus(log_var)"},
    ),
    (
        "absolute-log-var",
        "`log_var` is the logarithm of the variance, and it may be negative. Undo the logarithm, then take the square root.",
        {SIGMA: "log_var.abs()"},
    ),
    (
        "root-of-absolute-log-var",
        "You take the square root of the size of log_var, and leave it a logarithm. sigma = exp(0.5 * log_var).",
        {SIGMA: "log_var.abs().sqrt()"},
    ),
    (
        "exp-of-the-root",
        "The square root stands inside the exponential. sigma is the square root of exp(log_var): halve the exponent.",
        {SIGMA: "torch.exp(torch.sqrt(log_var))"},
    ),
    (
        "mean-stretched",
        "sigma multiplies mu, too. It stretches only the noise: mu + sigma * eps.",
        {SAMPLE: "(mu + torch.randn_like(sigma)) * sigma"},
    ),
    (
        "noise-times-everything",
        "The noise multiplies mu, too. Only sigma is multiplied by it: mu + sigma * eps.",
        {SAMPLE: "(mu + sigma) * torch.randn_like(sigma)"},
    ),
    (
        "mu-and-sigma-exchanged",
        "mu and sigma have changed places: the noise is stretched by mu and shifted by sigma. z = mu + sigma * eps.",
        {SAMPLE: "sigma + mu * torch.randn_like(sigma)"},
    ),
    (
        "mu-forgotten",
        "Your samples lie around 0 instead of mu. z = mu + sigma * eps.",
        {SAMPLE: "0 * mu + sigma * torch.randn_like(sigma)"},
    ),
    (
        "mu-subtracted",
        "Your samples lie around minus mu. z = mu + sigma * eps.",
        {SAMPLE: "sigma * torch.randn_like(sigma) - mu"},
    ),
    (
        "sigma-forgotten",
        "The noise has standard deviation 1 whatever log_var says. z = mu + sigma * eps.",
        {SAMPLE: "mu + torch.randn_like(sigma)"},
    ),
    (
        "prior-sample",
        "You return plain standard normal noise: neither mu nor log_var plays a part. z = mu + sigma * eps.",
        {SAMPLE: "torch.randn_like(sigma)"},
    ),
    (
        "mean-plus-sigma",
        "You return mu + sigma: the random number is missing. z = mu + sigma * eps.",
        {SAMPLE: "mu + sigma"},
    ),
    (
        "positive-noise",
        "Your noise is never negative (absolute values). Gaussian noise has both signs.",
        {"torch.randn_like(sigma)": "torch.randn_like(sigma).abs()"},
    ),
    (
        "uniform-around-zero",
        "Your noise is uniform between -1 and 1. That of q is Gaussian: `randn`.",
        {"torch.randn_like(sigma)": "(2 * torch.rand_like(sigma) - 1)"},
    ),
    (
        "uniform-around-zero-half",
        "Your noise is uniform between -0.5 and 0.5. That of q is Gaussian: `randn`.",
        {"torch.randn_like(sigma)": "(torch.rand_like(sigma) - 0.5)"},
    ),
    (
        "signs-as-noise",
        "Your noise is a random sign: +1 or -1. That of q is Gaussian: `randn`.",
        {"torch.randn_like(sigma)": "torch.rand_like(sigma).sub(0.5).sign()"},
    ),
    (
        "one-number-for-all",
        "One random number serves the whole batch and all dimensions. Every number needs its own: the noise has the shape of mu.",
        {"torch.randn_like(sigma)": "torch.randn(1)"},
    ),
    (
        "noise-kept-from-the-start",
        "The noise is drawn once and used again in every call, for every row. Draw fresh noise in `reparameterize`, in the shape of mu.",
        {
            "self.encoder_hidden = ": "self.noise = torch.randn(1)\n        self.encoder_hidden = ",
            "torch.randn_like(sigma)": "self.noise",
        },
    ),
    (
        "noise-only-in-evaluation",
        "The condition is the wrong way round: noise in evaluation, none in training. There is noise in both.",
        {"sigma = torch": "if self.training:\n            return mu\n        sigma = torch"},
    ),
    (
        "torch-normal",
        "z carries a graph, but its gradient in mu and log_var is 0 (as that of `torch.normal`). Write mu + sigma * eps.",
        {SAMPLE: "(mu + sigma * torch.randn_like(sigma)).detach() + 0 * (mu + sigma)"},
    ),
    (
        "detached-mu",
        "No gradient reaches mu through z. Only the noise is a constant.",
        {SAMPLE: "mu.detach() + sigma * torch.randn_like(sigma)"},
    ),
    (
        "mu-overwritten-in-place",
        "You add the noise to mu itself (`+=`, `add_`), and the KL reads it afterwards. Make a new tensor.",
        {
            "return mu + sigma * torch.randn_like(sigma)": "mu += sigma * torch.randn_like(sigma)\n        return mu"
        },
    ),
    (
        "clamped-log-var-in-the-sampler",
        "The sampler clamps log_var or sigma, so that very narrow or very wide q get another spread. Use exp(0.5 * log_var) as it is.",
        {SIGMA: "torch.exp(0.5 * log_var.clamp(-10, 10))"},
    ),
    (
        "epsilon-in-sigma",
        "A small number is added to sigma or to the variance: very narrow q then become too wide. Use exp(0.5 * log_var) as it is.",
        {SIGMA: "torch.exp(0.5 * log_var) + 1e-3"},
    ),
    (
        "sampler-returns-two",
        "`reparameterize` returns more than z. Return the sample alone, one tensor.",
        {f"return {SAMPLE}": "eps = torch.randn_like(sigma)\n        return mu + sigma * eps, eps"},
    ),
    # forward
    (
        "forward-hands-over-sigma",
        "`forward` hands a standard deviation or a variance to `reparameterize`, which takes the exponential again. Give it log_var.",
        {CALL: "z = self.reparameterize(mu, torch.exp(0.5 * log_var))"},
    ),
    (
        "forward-hands-over-the-variance",
        "`forward` hands a standard deviation or a variance to `reparameterize`, which takes the exponential again. Give it log_var.",
        {CALL: "z = self.reparameterize(mu, torch.exp(log_var))"},
    ),
    (
        "forward-decodes-mu-in-evaluation",
        "After eval() `forward` decodes mu. It decodes a sample of z in both modes.",
        {CALL: "z = self.reparameterize(mu, log_var) if self.training else mu"},
    ),
    (
        "forward-decodes-mu-in-training",
        "The condition is the wrong way round: `forward` decodes mu in training and a sample in evaluation. It decodes a sample in both.",
        {CALL: "z = mu if self.training else self.reparameterize(mu, log_var)"},
    ),
    (
        "forward-decodes-noise",
        "`forward` decodes noise that has nothing to do with the image. Decode the sample of q(z|x).",
        {CALL: "z = torch.randn_like(mu)"},
    ),
    (
        "forward-with-its-own-sampler",
        "`forward` multiplies its noise by the variance. Call `reparameterize`, which knows sigma.",
        {CALL: "z = mu + torch.exp(log_var) * torch.randn_like(mu)"},
    ),
    (
        "forward-applies-the-sigmoid",
        "`forward` returns probabilities (or squashed logits) first. It returns what `decode` gives: logits.",
        {RETURNED: "return self.decode(z).sigmoid(), mu, log_var"},
    ),
    (
        "forward-under-no-grad",
        "Nothing in `forward` is recorded for gradients, so the model cannot learn. Drop torch.no_grad(), or detach().",
        {
            "mu, log_var = self.encode(x)\n        z = self.reparameterize(mu, log_var)\n        return self.decode(z), mu, log_var": "with torch.no_grad():\n            mu, log_var = self.encode(x)\n            z = self.reparameterize(mu, log_var)\n            return self.decode(z), mu, log_var"
        },
    ),
    (
        "forward-detaches-log-var",
        "`forward` hands a detached mu or log_var to the sampler, so that one of the two learns nothing from the reconstruction.",
        {CALL: "z = self.reparameterize(mu, log_var.detach())"},
    ),
    (
        "forward-returns-only-logits",
        "`forward` returns x_logits alone. The loss needs mu and log_var too: return all three.",
        {RETURNED: "return self.decode(z)"},
    ),
    (
        "forward-returns-z-too",
        "`forward` returns four values. Asked for are three: x_logits, mu, log_var.",
        {RETURNED: "return self.decode(z), mu, log_var, z"},
    ),
    (
        "forward-returns-z-for-mu",
        "`forward` returns the sample z where mu belongs. The KL needs mu.",
        {RETURNED: "return self.decode(z), z, log_var"},
    ),
    (
        "forward-detaches-outputs",
        "`forward` returns a detached mu and log_var: no gradient from the KL reaches the encoder.",
        {RETURNED: "return self.decode(z), mu.detach(), log_var.detach()"},
    ),
    # sizes
    (
        "latent-dim-fixed",
        "The model has 20 latent dimensions whatever `latent_dim` says. Use the argument.",
        {"self.latent_dim = latent_dim": "latent_dim = self.latent_dim = 20"},
    ),
    (
        "latent-dim-attribute-fixed",
        "The attribute `latent_dim` is not the argument. Keep the argument itself.",
        {"self.latent_dim = latent_dim": "self.latent_dim = 20"},
    ),
    (
        "hidden-layer-as-wide-as-z",
        "The heads have the width of the hidden layer, or the other way round: `latent_dim` numbers leave each head.",
        {
            "nn.Linear(hidden_dim, latent_dim)": "nn.Linear(hidden_dim, hidden_dim)",
            "nn.Linear(latent_dim, hidden_dim)": "nn.Linear(hidden_dim, hidden_dim)",
        },
    ),
    (
        "no-bias-in-the-last-layer",
        "A linear layer lacks its bias. The biases of the last layer alone already give the mean image.",
        {"nn.Linear(hidden_dim, input_dim)": "nn.Linear(hidden_dim, input_dim, bias=False)"},
    ),
    (
        "tied-weights",
        "The decoder uses weights of the encoder again. Each of the five linear layers has weights of its own.",
        {
            "self.logits_head = nn.Linear(hidden_dim, input_dim)": "self.logits_bias = nn.Parameter(torch.zeros(input_dim))",
            LOGITS: "F.relu(self.decoder_hidden(z)) @ self.encoder_hidden.weight + self.logits_bias",
        },
    ),
    (
        "encoder-under-no-grad",
        "`encode` cuts its outputs off from the layers: no gradient reaches the encoder.",
        {HEADS: "self.mu_head(hidden).detach(), self.log_var_head(hidden).detach()"},
    ),
)

# vae_loss
RECON = 'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()'
KL = "0.5 * (mu.square() + log_var.exp() - 1 - log_var)"
BACK = "return recon + kl, recon, kl"
HALF = "Only part of your KL carries the half. With log sigma = log_var / 2 the bracket keeps its shape: one half in front of all of it."
NO_GRADIENT = "The loss carries no gradient: somewhere it became a plain number or was detached. Keep it a tensor of the graph."
CAPPED = "Clamping the logits makes every confident mistake cost the same and kills its gradient. The cost is exact at any finite logit without it."
IMAGE_SQUASHED = 'The sigmoid is applied to the image, too, or to the image instead of the logits. Give "with_logits" the logits and the image as they are.'

_slips(
    "vae_loss",
    ("half-on-mu-only", HALF, {KL: "(0.5 * mu.square() + log_var.exp() - 1 - log_var)"}),
    ("half-misses-mu", HALF, {KL: "(mu.square() + 0.5 * (log_var.exp() - 1 - log_var))"}),
    ("half-misses-log-var", HALF, {KL: "(0.5 * (mu.square() + log_var.exp() - 1) - log_var)"}),
    ("half-misses-the-one", HALF, {KL: "(0.5 * (mu.square() + log_var.exp() - log_var) - 1)"}),
    (
        "half-misses-one-and-log-var",
        HALF,
        {KL: "(0.5 * (mu.square() + log_var.exp()) - 1 - log_var)"},
    ),
    ("half-on-variance-only", HALF, {KL: "(mu.square() + 0.5 * log_var.exp() - 1 - log_var)"}),
    ("half-on-log-var-only", HALF, {KL: "(mu.square() + log_var.exp() - 1 - 0.5 * log_var)"}),
    ("half-misses-variance", HALF, {KL: "(0.5 * (mu.square() - 1 - log_var) + log_var.exp())"}),
    (
        "half-twice",
        "Your KL is half of what it should be: one factor of one half too many.",
        {KL: f"0.5 * {KL}"},
    ),
    (
        "minus-one-forgotten",
        "The -1 in the KL is missing. It makes the KL 0 where q is the prior.",
        {"log_var.exp() - 1 - log_var": "log_var.exp() - log_var"},
    ),
    (
        "plus-one",
        "The sign of the 1 in the KL is wrong. The KL is 0 where q is the prior.",
        {"log_var.exp() - 1": "log_var.exp() + 1"},
    ),
    (
        "one-counted-once",
        "The -1 is subtracted once per image. It belongs to every latent dimension: inside the sum.",
        {
            "(mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)": "((mu.square() + log_var.exp() - log_var).sum(dim=1) - 1)"
        },
    ),
    (
        "mu-forgotten",
        "The KL lacks mu squared, so nothing pulls the means towards 0.",
        {"mu.square() + ": "0 * mu + "},
    ),
    (
        "variance-forgotten",
        "The KL lacks the variance exp(log_var). Then nothing stops log_var from growing.",
        {"+ log_var.exp() - 1": "- 1"},
    ),
    (
        "log-var-forgotten",
        "The KL lacks the term -log_var. Then nothing stops the variance from shrinking to 0.",
        {"- 1 - log_var": "- 1"},
    ),
    (
        "mu-not-squared",
        "mu is not squared in the KL: a negative mean would be rewarded.",
        {"mu.square()": "mu"},
    ),
    ("mu-absolute", "The KL takes the size of mu and not its square.", {"mu.square()": "mu.abs()"}),
    (
        "sign-of-mu",
        "mu squared has the wrong sign in the KL: means far from 0 would be rewarded.",
        {"mu.square() + log_var": "-mu.square() + log_var"},
    ),
    (
        "sign-of-the-variance",
        "The variance has the wrong sign in the KL.",
        {"+ log_var.exp()": "- log_var.exp()"},
    ),
    (
        "sign-of-log-var",
        "log_var has the wrong sign in the KL, which is then not smallest at a variance of 1.",
        {"- 1 - log_var": "- 1 + log_var"},
    ),
    (
        "log-var-without-exp",
        "The KL takes log_var where the variance belongs: its exponential is missing.",
        {"log_var.exp()": "log_var"},
    ),
    (
        "log-var-squared",
        "The KL squares log_var. The variance is exp(log_var).",
        {"log_var.exp()": "log_var.square()"},
    ),
    (
        "sigma-for-variance",
        "The KL takes the standard deviation where the variance belongs: exp(log_var), without a half.",
        {"log_var.exp()": "(0.5 * log_var).exp()"},
    ),
    (
        "variance-squared",
        "The KL squares the variance. exp(log_var) is the variance already.",
        {"log_var.exp()": "(2 * log_var).exp()"},
    ),
    (
        "precision-for-variance",
        "The KL takes one over the variance, exp(-log_var). The variance is exp(log_var).",
        {"log_var.exp()": "(-log_var).exp()"},
    ),
    (
        "log-of-log-var",
        "The KL takes the logarithm of log_var, which is a logarithm already.",
        {"- 1 - log_var": "- 1 - log_var.abs().log()"},
    ),
    (
        "log-var-as-variance",
        "You read log_var as the variance itself. It is the logarithm: the variance is exp(log_var).",
        {KL: "0.5 * (mu.square() + log_var - 1 - log_var.clamp(min=1e-8).log())"},
    ),
    (
        "log-sigma-for-log-var",
        "The KL takes log sigma, half of log_var, inside the bracket. The bracket has ln sigma squared, which is log_var.",
        {"- 1 - log_var": "- 1 - 0.5 * log_var"},
    ),
    (
        "reverse-kl",
        "Your KL is turned round: from the prior to q. The average is taken over q.",
        {KL: "0.5 * ((mu.square() + 1) * (-log_var).exp() - 1 + log_var)"},
    ),
    (
        "mu-and-log-var-exchanged",
        "mu and log_var have changed places in the KL.",
        {KL: "0.5 * (log_var.square() + mu.exp() - 1 - mu)"},
    ),
    (
        "kl-clamped",
        "Your KL is cut off per dimension or image (free bits, or a clamp at 0 or above). The bound has the plain KL.",
        {KL: f"({KL}).clamp(min=0.5)"},
    ),
    (
        "recon-sign",
        "recon has the wrong sign: it is the log-likelihood. A cost is minus that.",
        {f"recon = {RECON}": f"recon = -{RECON}"},
    ),
    (
        "recon-forgotten-in-the-loss",
        "The loss is the KL alone. It is recon + kl.",
        {BACK: "return kl, recon, kl"},
    ),
    (
        "kl-forgotten-in-the-loss",
        "The loss is recon alone. It is recon + kl.",
        {BACK: "return recon, recon, kl"},
    ),
    (
        "kl-minus-recon",
        "The loss subtracts recon. recon and kl are two costs: add them.",
        {BACK: "return kl - recon, recon, kl"},
    ),
    (
        "terms-doubled",
        "The loss is twice recon + kl.",
        {BACK: "return 2 * (recon + kl), recon, kl"},
    ),
    (
        "half-on-the-loss",
        "The loss is half of recon + kl.",
        {BACK: "return 0.5 * (recon + kl), recon, kl"},
    ),
    (
        "loss-multiplied",
        "The loss multiplies recon and kl. Add them.",
        {BACK: "return recon * kl, recon, kl"},
    ),
    (
        "order-recon-kl-loss",
        "The loss comes last. The order is (loss, recon, kl).",
        {BACK: "return recon, kl, recon + kl"},
    ),
    (
        "order-kl-first",
        "The order is (loss, recon, kl); the loss does not come first.",
        {BACK: "return kl, recon + kl, recon"},
    ),
    (
        "two-values",
        "Only two values come back. Return three scalars, (loss, recon, kl).",
        {BACK: "return recon, kl"},
    ),
    (
        "dictionary",
        "Return the three scalars as a tuple, (loss, recon, kl): a dictionary or a single tensor is none.",
        {BACK: "return {'loss': recon + kl, 'recon': recon, 'kl': kl}"},
    ),
    (
        "stacked",
        "Return three scalars as a tuple, (loss, recon, kl), not one tensor of three numbers.",
        {BACK: "return torch.stack([recon + kl, recon, kl])"},
    ),
    (
        "python-floats",
        "You return Python numbers, so the loss has no graph. Return three scalar tensors.",
        {BACK: "return (recon + kl).item(), recon.item(), kl.item()"},
    ),
    (
        "terms-as-floats",
        "recon and kl come back as Python numbers. Return three scalar tensors.",
        {BACK: "return recon + kl, recon.item(), kl.item()"},
    ),
    (
        "recon-without-gradient",
        "The value is right, but no gradient comes from recon: decoder and encoder would learn nothing about the images.",
        {BACK: "return recon.detach() + kl, recon.detach(), kl"},
    ),
    (
        "mu-without-gradient",
        "The KL has no gradient in mu.",
        {"mu.square()": "mu.detach().square()"},
    ),
    (
        "log-var-without-gradient",
        "The KL has no gradient in log_var, at least in part of it.",
        {"log_var.exp() - 1 - log_var": "log_var.detach().exp() - 1 - log_var.detach()"},
    ),
    (
        "variance-without-gradient",
        "The KL has no gradient in log_var, at least in part of it.",
        {"log_var.exp()": "log_var.detach().exp()"},
    ),
    (
        "logarithm-of-the-sigmoid",
        "Right for small logits only: a sigmoid rounds to 0 or 1, its logarithm is infinite, and 0 times that is NaN. Work on the logits.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(-x * x_logits.sigmoid().log() - (1 - x) * (1 - x_logits.sigmoid()).log())"
        },
    ),
    (
        "naive-softplus",
        "Right for small logits only: exp overflows at large ones. `F.softplus` is log(1 + exp) without that.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "((1 + x_logits.exp()).log() - x * x_logits)"
        },
    ),
    (
        "only-inked-pixels",
        "Only the part of pixels with ink is left: the term (1 - x) log(1 - p) is missing.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(-x * F.logsigmoid(x_logits))"
        },
    ),
    (
        "only-blank-pixels",
        "Only the part of pixels without ink is left: the term x log p is missing.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(-(1 - x) * F.logsigmoid(-x_logits))"
        },
    ),
    (
        "softplus-only",
        "The term -x * l is missing from recon: the image plays no part.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(F.softplus(x_logits) - 0 * x)"
        },
    ),
    (
        "softplus-of-minus-l",
        "The sign of the logits in the softplus is wrong: recon is log(1 + exp(l)) - x l.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(F.softplus(-x_logits) - x * x_logits)"
        },
    ),
    (
        "plus-x-l",
        "The sign of x * l is wrong: recon is log(1 + exp(l)) - x l.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(F.softplus(x_logits) + x * x_logits)"
        },
    ),
    (
        "logits-with-wrong-sign",
        "The logits, or the image, are turned round: ink where there is none costs nothing. Hand over x_logits and x as they are.",
        {"with_logits(x_logits, x": "with_logits(-x_logits, x"},
    ),
    (
        "image-squashed",
        IMAGE_SQUASHED,
        {"with_logits(x_logits, x": "with_logits(x_logits, x.sigmoid()"},
    ),
    (
        "softmax-over-pixels",
        "You treat the pixels as one choice among many (softmax). Each pixel is a Bernoulli variable of its own.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(-x * x_logits.log_softmax(dim=1))"
        },
    ),
    (
        "squared-error-on-logits",
        "This is a squared error on the logits, the cost of a Gaussian. Here pixels are Bernoulli variables.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(x_logits - x).square()"
        },
    ),
    (
        "half-squared-error",
        "This is a squared error, the cost of a Gaussian with a hidden variance. Here pixels are Bernoulli variables.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "0.5 * (x_logits.sigmoid() - x).square()"
        },
    ),
    (
        "absolute-error",
        "This is an absolute error. Here pixels are Bernoulli variables.",
        {
            'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(x_logits.sigmoid() - x).abs()"
        },
    ),
    (
        "half-on-recon",
        "recon is half of what it should be. The one half belongs to the KL.",
        {f"recon = {RECON}": f"recon = 0.5 * {RECON}"},
    ),
    (
        "bits",
        "recon is in bits: divided by ln 2. The course counts in nats.",
        {f"recon = {RECON}": f"recon = {RECON} / math.log(2)"},
    ),
    (
        "everything-in-bits",
        "Both terms are in bits: divided by ln 2. The course counts in nats.",
        {
            BACK: "recon, kl = recon / math.log(2), kl / math.log(2)\n    return recon + kl, recon, kl"
        },
    ),
    (
        "kl-summed-recon-averaged",
        "kl is a sum over the batch, recon a mean over it. Treat the batch alike in both.",
        {"- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).sum()"},
    ),
    (
        "recon-mean-over-everything-kl-over-batch",
        "recon is a mean over pixels and images, kl a sum over both. Sum over dimensions, mean over the batch.",
        {
            RECON: "F.binary_cross_entropy_with_logits(x_logits, x)",
            "- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).sum()",
        },
    ),
    (
        "kl-divided-by-pixels",
        "Your KL is divided by the number of pixels. It is a sum over latent dimensions.",
        {"kl = 0.5": "kl = 1 / x.shape[1] * 0.5"},
    ),
    (
        "kl-divided-by-batch-twice",
        "Your KL is divided by the batch size twice.",
        {"kl = 0.5": "kl = 1 / len(x) * 0.5"},
    ),
    (
        "recon-divided-by-batch-twice",
        "recon is divided by the batch size twice.",
        {f"recon = {RECON}": f"recon = {RECON} / len(x)"},
    ),
    (
        "both-divided-by-batch-twice",
        "Both terms are divided by the batch size twice.",
        {BACK: "recon, kl = recon / len(x), kl / len(x)\n    return recon + kl, recon, kl"},
    ),
    (
        "everything-divided-by-pixels",
        "Both terms are divided by the number of pixels. The loss is in nats per image.",
        {BACK: "recon, kl = recon / x.shape[1], kl / x.shape[1]\n    return recon + kl, recon, kl"},
    ),
    (
        "mean-times-784",
        "recon is a mean over pixels times 784, whatever the number of pixels. Sum over the pixels.",
        {RECON: "F.binary_cross_entropy_with_logits(x_logits, x) * 784"},
    ),
    (
        "recon-sum-over-the-wrong-axis",
        "recon is summed over the batch and averaged over pixels. Sum over pixels (dim=1), mean over images.",
        {'reduction="none").sum(dim=1).mean()': 'reduction="none").sum(dim=0).mean()'},
    ),
    (
        "kl-sum-over-the-wrong-axis",
        "kl is summed over the batch and averaged over latent dimensions. Sum over dimensions (dim=1), mean over images.",
        {"- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).sum(dim=0).mean()"},
    ),
    (
        "both-sums-over-the-wrong-axis",
        "Both terms are summed over the batch and averaged over dimensions. Sum over dimensions (dim=1), mean over images.",
        {".sum(dim=1).mean()": ".sum(dim=0).mean()"},
    ),
    (
        "kl-per-dimension",
        "kl has one value per latent dimension. It is a scalar: sum over dimensions, mean over images.",
        {"- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).mean(dim=0)"},
    ),
    (
        "kl-per-image",
        "kl has one value per image. It is a scalar: take the mean over the batch last.",
        {"- 1 - log_var).sum(dim=1).mean()": "- 1 - log_var).sum(dim=1)"},
    ),
    (
        "recon-per-image",
        "recon has one value per image. It is a scalar: take the mean over the batch last.",
        {'reduction="none").sum(dim=1).mean()': 'reduction="none").sum(dim=1)'},
    ),
    (
        "extra-axis",
        "The three values have an axis of length 1. They are scalars: shape ().",
        {BACK: "return (recon + kl)[None], recon[None], kl[None]"},
    ),
    (
        "beta-in-the-loss",
        "The KL is weighted in the loss. The bound adds it with weight 1.",
        {BACK: "return recon + x.shape[1] * kl, recon, kl"},
    ),
    (
        "mu-changed-in-place",
        "mu is changed in place. Compute its square in a new tensor.",
        {"    kl =": "    squared = mu.detach().pow_(2)\n    kl =", "mu.square()": "squared"},
    ),
    (
        "log-var-changed-in-place",
        "log_var is changed in place. Compute its exponential in a new tensor.",
        {"log_var.exp()": "log_var.exp_()"},
    ),
    (
        "image-changed-in-place",
        "The image is changed in place. Leave the arguments as they are.",
        {"    recon =": "    x.clamp_(0.1, 0.9)\n    recon ="},
    ),
)

# train_step
TRAIN_CALL = (
    "    x_logits, mu, log_var = model(x)\n    loss, _, _ = vae_loss(x_logits, x, mu, log_var)\n"
)
MOVES = "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
NOT_MOVING = "No parameter changes. The optimizer has to step after `backward`, and no gradient may be cleared between the two."
CLEARED_LAST = "Gradients are cleared after the step only, so those that other code left behind count in the first call. Clear before `backward`."
OWN = "You make a new optimizer in every step, so the given one, its kind and its learning rate are ignored."
SEVERAL = "One call makes several updates, one for each part of the batch. It should be one update on the whole batch."

_slips(
    "train_step",
    (
        "cleared-after-the-step",
        CLEARED_LAST,
        {
            "    optimizer.zero_grad()\n": "",
            "    optimizer.step()\n": "    optimizer.step()\n    optimizer.zero_grad()\n",
        },
    ),
    (
        "cleared-between",
        NOT_MOVING,
        {MOVES: "    loss.backward()\n    optimizer.zero_grad()\n    optimizer.step()\n"},
    ),
    (
        "only-two-of-three",
        "The optimizer never steps, or never has a gradient: nothing moves. After `backward` call `optimizer.step()`.",
        {MOVES: "    optimizer.step()\n    loss.backward()\n    optimizer.zero_grad()\n"},
    ),
    (
        "backward-twice",
        "`backward` is called twice, so that every gradient counts double. Once is enough.",
        {"    loss.backward()\n": "    loss.backward(retain_graph=True)\n    loss.backward()\n"},
    ),
    (
        "two-updates-fresh",
        "One call makes two updates. The contract is exactly one.",
        {
            f"{TRAIN_CALL}{MOVES}": f"    for _ in range(2):\n    {TRAIN_CALL.replace(chr(10) + '    ', chr(10) + '        ').rstrip()}\n    {MOVES.replace(chr(10) + '    ', chr(10) + '        ')}"
        },
    ),
    (
        "two-halves",
        SEVERAL,
        {
            f"{TRAIN_CALL}{MOVES}    return loss.item()": "    losses = []\n    for part in x.chunk(2):\n        x_logits, mu, log_var = model(part)\n        loss, _, _ = vae_loss(x_logits, part, mu, log_var)\n        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n        losses.append(loss.item())\n    return sum(losses) / len(losses)"
        },
    ),
    (
        "image-by-image",
        SEVERAL,
        {
            f"{TRAIN_CALL}{MOVES}    return loss.item()": "    losses = []\n    for part in x.split(1):\n        x_logits, mu, log_var = model(part)\n        loss, _, _ = vae_loss(x_logits, part, mu, log_var)\n        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n        losses.append(loss.item())\n    return sum(losses) / len(losses)"
        },
    ),
    (
        "probabilities-for-logits",
        "The loss gets probabilities. `vae_loss` wants the logits, as the model returns them.",
        {"vae_loss(x_logits, x": "vae_loss(x_logits.sigmoid(), x"},
    ),
    (
        "image-and-logits-swapped",
        "The image and the logits have changed places: x_logits first, x second.",
        {"vae_loss(x_logits, x": "vae_loss(x, x_logits"},
    ),
    (
        "image-binarised",
        "The image is turned into black and white before the model sees it. Use x as it is.",
        {TRAIN_CALL: f"    x = (x > 0.5).float()\n{TRAIN_CALL}"},
    ),
    (
        "all-three-added",
        "You add all three returned numbers, so recon and kl count twice. The first one is the loss.",
        {
            TRAIN_CALL: "    x_logits, mu, log_var = model(x)\n    loss = sum(vae_loss(x_logits, x, mu, log_var))\n"
        },
    ),
    (
        "loss-plus-kl",
        "The KL counts twice: `vae_loss` has added it to the first value already.",
        {
            TRAIN_CALL: "    x_logits, mu, log_var = model(x)\n    loss, _, kl = vae_loss(x_logits, x, mu, log_var)\n    loss = loss + kl\n"
        },
    ),
    (
        "loss-plus-recon",
        "recon counts twice: `vae_loss` has added it to the first value already.",
        {
            TRAIN_CALL: "    x_logits, mu, log_var = model(x)\n    loss, recon, _ = vae_loss(x_logits, x, mu, log_var)\n    loss = loss + recon\n"
        },
    ),
    (
        "recon-minus-kl",
        "You subtract the KL. The first value of `vae_loss` is what to minimise.",
        {
            TRAIN_CALL: "    x_logits, mu, log_var = model(x)\n    _, recon, kl = vae_loss(x_logits, x, mu, log_var)\n    loss = recon - kl\n"
        },
    ),
    (
        "per-pixel",
        "You divide the loss by the number of pixels. It is in nats per image: take it as it is.",
        {MOVES: f"    loss = loss / x.shape[1]\n{MOVES}"},
    ),
    (
        "per-pixel-returned",
        "The returned number is divided by the number of pixels. Return the loss in nats per image.",
        {"return loss.item()": "return loss.item() / x.shape[1]"},
    ),
    (
        "per-image-again",
        "You divide the loss by the batch size. `vae_loss` is the mean per image already.",
        {MOVES: f"    loss = loss / len(x)\n{MOVES}"},
    ),
    (
        "returned-per-image-again",
        "The returned number is divided by the batch size. `vae_loss` is the mean per image already.",
        {"return loss.item()": "return loss.item() / len(x)"},
    ),
    (
        "loss-times-batch",
        "You multiply the loss by the batch size before `backward`, so the step grows with the batch. Take it as it is.",
        {MOVES: f"    loss = loss * len(x)\n{MOVES}"},
    ),
    (
        "returns-recon",
        "You return recon alone. Return the loss, the first of the three values.",
        {"loss, _, _ =": "loss, recon, _ =", "return loss.item()": "return recon.item()"},
    ),
    (
        "returns-kl",
        "You return the KL alone. Return the loss, the first of the three values.",
        {"loss, _, _ =": "loss, _, kl =", "return loss.item()": "return kl.item()"},
    ),
    (
        "returns-minus-loss",
        "You return minus the loss.",
        {"return loss.item()": "return -loss.item()"},
    ),
    (
        "returns-a-tuple",
        "You return several values. Return the loss alone, one Python float.",
        {
            "loss, _, _ =": "loss, recon, kl =",
            "return loss.item()": "return loss.item(), recon.item(), kl.item()",
        },
    ),
    (
        "returns-an-integer",
        "You return a whole number: the fraction is lost. Return a Python float.",
        {"return loss.item()": "return int(loss.item())"},
    ),
    (
        "by-hand-and-step",
        "You move the parameters by hand and let the optimizer step, too. The optimizer alone does it.",
        {
            "    optimizer.step()\n": "    optimizer.step()\n    with torch.no_grad():\n        for p in model.parameters():\n            p -= 0.01 * p.grad\n"
        },
    ),
    (
        "clipped-at-1",
        "The gradient is clipped before the step. The contract is the plain update: one step along the true gradient.",
        {
            "    optimizer.step()\n": "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.step()\n"
        },
    ),
    (
        "clipped-values",
        "The gradient is clipped before the step. The contract is the plain update: one step along the true gradient.",
        {
            "    optimizer.step()\n": "    nn.utils.clip_grad_value_(model.parameters(), 0.1)\n    optimizer.step()\n"
        },
    ),
    (
        "fresh-forward-for-the-loss",
        "The update follows the reconstruction alone: `backward` is called on recon, or mu and log_var are detached before the loss. Use the first of the three values.",
        {
            "vae_loss(x_logits, x, mu, log_var)": "vae_loss(x_logits, x, mu.detach(), log_var.detach())"
        },
    ),
    (
        "logits-detached",
        "x_logits are detached before the loss: no gradient comes from the reconstruction.",
        {"vae_loss(x_logits, x, mu, log_var)": "vae_loss(x_logits.detach(), x, mu, log_var)"},
    ),
    (
        "gradients-off-for-good",
        "Gradients stay switched off after the call, so the next step fails. A training step leaves them on.",
        {"return loss.item()": "torch.set_grad_enabled(False)\n    return loss.item()"},
    ),
    (
        "frozen",
        "After the call the parameters require no gradients any more: the next step could not learn.",
        {"return loss.item()": "model.requires_grad_(False)\n    return loss.item()"},
    ),
    (
        "decoder-only",
        "Only the decoder moves: mu and log_var, or z, are cut off from the encoder.",
        {
            "x_logits, mu, log_var = model(x)": "with torch.no_grad():\n        _, mu, log_var = model(x)\n    x_logits = model.decode(model.reparameterize(mu, log_var))"
        },
    ),
    (
        "mean-of-the-model",
        "The loss is averaged over several forward passes. One sample of z per image is enough, and asked for.",
        {
            "return loss.item()": "return 0.5 * loss.item() + 0.5 * vae_loss(*(lambda o: (o[0], x, o[1], o[2]))(model(x)))[0].item()"
        },
    ),
)

# evaluate
EVAL_CALL = "        x_logits, mu, log_var = model(x)\n        loss, _, _ = vae_loss(x_logits, x, mu, log_var)\n"
TRAINS = "Evaluation changes the parameters: it trains on the images that it should only score."
UNEVEN = "The mean of batch means gives the images of the small last batch too much weight. Weight each batch by its size."

_slips(
    "evaluate",
    (
        "also-trains",
        TRAINS,
        {
            "    with torch.no_grad():\n": "    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n    if True:\n",
            "    return loss.item()": "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n    return loss.item()",
        },
    ),
    (
        "flipped-mode",
        "The model ends in the other mode than it came in. Go back to the mode in which it came.",
        {"model.train(was_training)": "model.train(not was_training)"},
    ),
    (
        "parameters-frozen-no-graph",
        "After the call the parameters require no gradients any more: training would stop learning.",
        {"    with torch.no_grad():\n": "    model.requires_grad_(False)\n    if True:\n"},
    ),
    (
        "returns-three",
        "You return several values. The score is one Python float, the first of the three.",
        {
            "loss, _, _ =": "loss, recon, kl =",
            "return loss.item()": "return loss.item(), recon.item(), kl.item()",
        },
    ),
    (
        "returns-numpy",
        "You return a NumPy number. The score is a plain Python float.",
        {"return loss.item()": "return loss.numpy()"},
    ),
    (
        "returns-nothing",
        "The function returns None. Its last line should return the score as a Python float.",
        {"    return loss.item()": "    loss.item()"},
    ),
    (
        "kl-only",
        "This is the KL alone. The negative ELBO includes the reconstruction.",
        {"loss, _, _ = vae_loss": "_, _, loss = vae_loss"},
    ),
    (
        "recon-minus-kl",
        "You subtract the KL. The negative ELBO is recon + kl, the first value of `vae_loss`.",
        {
            "loss, _, _ =": "_, recon, kl =",
            "    return loss.item()": "    return (recon - kl).item()",
        },
    ),
    (
        "all-three-added",
        "You add all three returned numbers, so recon and kl count twice. The first one is the score.",
        {
            "loss, _, _ = vae_loss(x_logits, x, mu, log_var)": "loss = sum(vae_loss(x_logits, x, mu, log_var))"
        },
    ),
    (
        "divided-by-images",
        "The score is divided by the number of images once more. `vae_loss` is the mean per image already.",
        {"return loss.item()": "return loss.item() / len(x)"},
    ),
    (
        "probabilities-for-logits",
        "The loss gets probabilities. `vae_loss` wants the logits, as the model returns them.",
        {"vae_loss(x_logits, x": "vae_loss(x_logits.sigmoid(), x"},
    ),
    (
        "mu-and-log-var-swapped",
        "mu and log_var reach the loss in the wrong order.",
        {"vae_loss(x_logits, x, mu, log_var)": "vae_loss(x_logits, x, log_var, mu)"},
    ),
    (
        "image-and-logits-swapped",
        "The image and the logits have changed places: x_logits first, x second.",
        {"vae_loss(x_logits, x": "vae_loss(x, x_logits"},
    ),
    (
        "image-rounded",
        "The images are rounded before the loss. Use x as it is.",
        {"vae_loss(x_logits, x": "vae_loss(x_logits, x.round()"},
    ),
    (
        "mean-of-z",
        "You decode the mean of many samples of z, which is mu again. Score samples, then average the losses.",
        {
            "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(sum(model.reparameterize(mu, log_var) for _ in range(100)) / 100)"
        },
    ),
    (
        "prior-samples",
        "You decode z drawn from the prior. The ELBO is an expectation over q(z|x): call the model.",
        {
            "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(torch.randn_like(mu))"
        },
    ),
    (
        "first-image-only",
        "Only one image is scored. Every image that was handed in should count.",
        {"model(x)": "model(x := x[:1])"},
    ),
    (
        "sum-of-batches",
        "The losses of batches are added up and divided by the number of images, although each is a mean over its batch already.",
        {
            EVAL_CALL: "        loss = sum(vae_loss(o[0], b, o[1], o[2])[0] for b in x.split(100) for o in [model(b)]) / len(x)\n"
        },
    ),
    (
        "last-batch-only",
        "Only the last batch is scored. Every image that was handed in should count.",
        {
            EVAL_CALL: "        for batch in x.split(100):\n            x_logits, mu, log_var = model(batch)\n            loss, _, _ = vae_loss(x_logits, batch, mu, log_var)\n"
        },
    ),
)

# generate
PRIOR = "torch.randn(num_images, model.latent_dim, device=device)"
SAMPLED = "You return drawn black-and-white pixels. Asked for are the probabilities themselves."
ENCODED = "You send images through the encoder. A new image starts with z drawn from the prior: the encoder has no part in it."
_slips(
    "generate",
    (
        "binarised",
        SAMPLED,
        {"model.decode(z).sigmoid()": "torch.bernoulli(model.decode(z).sigmoid())"},
    ),
    (
        "noise-images-encoded",
        ENCODED,
        {
            f"z = {PRIOR}\n        return model.decode(z).sigmoid()": "return model(torch.randn(num_images, 784))[0].sigmoid()"
        },
    ),
    (
        "tanh-for-sigmoid",
        "A tanh gives numbers between -1 and 1. Probabilities come from the sigmoid.",
        {".sigmoid()": ".tanh()"},
    ),
    (
        "exp-for-sigmoid",
        "An exponential gives numbers above 1. Probabilities come from the sigmoid.",
        {".sigmoid()": ".exp()"},
    ),
    (
        "scaled-logits",
        "You shift and stretch the logits into [0, 1]. Probabilities come from the sigmoid.",
        {
            "return model.decode(z).sigmoid()": "y = model.decode(z)\n        return (y - y.min()) / (y.max() - y.min())"
        },
    ),
    (
        "sigmoid-with-wrong-sign",
        "The probabilities are turned round: black where white belongs.",
        {"model.decode(z).sigmoid()": "(-model.decode(z)).sigmoid()"},
    ),
    (
        "logsigmoid",
        "You return logarithms of probabilities. Asked for are the probabilities themselves.",
        {"model.decode(z).sigmoid()": "F.logsigmoid(model.decode(z))"},
    ),
    (
        "softmax-over-images",
        "A softmax makes images share one probability for each pixel. Each pixel has its own: that is a sigmoid.",
        {".sigmoid()": ".softmax(dim=0)"},
    ),
    (
        "grey-levels",
        "You return grey levels from 0 to 255. Asked for are probabilities in [0, 1].",
        {"model.decode(z).sigmoid()": "(255 * model.decode(z).sigmoid())"},
    ),
    (
        "wide-prior",
        "z is drawn with more spread than the prior has. The prior is N(0, I).",
        {PRIOR: "2 * torch.randn(num_images, model.latent_dim)"},
    ),
    (
        "shifted-prior",
        "z is drawn around another point than 0. The prior is N(0, I).",
        {PRIOR: "1 + torch.randn(num_images, model.latent_dim)"},
    ),
    (
        "narrow-prior-half",
        "z is drawn with less spread than the prior has. That makes safer pictures, of another model: the prior is N(0, I).",
        {PRIOR: "0.5 * torch.randn(num_images, model.latent_dim)"},
    ),
    (
        "positive-latents",
        "z is never negative (absolute values). The prior is N(0, I), with both signs.",
        {PRIOR: "torch.randn(num_images, model.latent_dim).abs()"},
    ),
    (
        "clamped-latents",
        "z is cut off at -1 and 1. The prior is N(0, I): it has tails.",
        {PRIOR: "torch.randn(num_images, model.latent_dim).clamp(-1, 1)"},
    ),
    (
        "sampled-twice",
        "You hand z, or the prior's parameters, to the sampler and add noise to a draw: its variance is then too large. The prior is N(0, I): draw once.",
        {
            PRIOR: "model.reparameterize(torch.randn(num_images, model.latent_dim), torch.zeros(num_images, model.latent_dim))"
        },
    ),
    (
        "ones-as-log-var",
        "You hand a variance or sigma of 1 to the sampler as log_var. The logarithm of 1 is 0: the spread of z is then too large.",
        {
            PRIOR: "model.reparameterize(torch.zeros(num_images, model.latent_dim), torch.ones(num_images, model.latent_dim))"
        },
    ),
    ("transposed", "The shape is transposed: one row per image.", {".sigmoid()": ".sigmoid().T"}),
    (
        "flattened",
        "All images come back in one row. Asked for is one row of 784 per image.",
        {".sigmoid()": ".sigmoid().flatten()"},
    ),
    (
        "squares-with-channel",
        "The images are folded into squares with a channel. Asked for is one row of 784 per image, as everywhere in the course.",
        {".sigmoid()": ".sigmoid().reshape(-1, 1, 28, 28)"},
    ),
    (
        "squeezed",
        "A single image loses its batch axis. Asked for is one row per image, also for one image.",
        {".sigmoid()": ".sigmoid().squeeze()"},
    ),
    (
        "one-image",
        "Only one image comes back whatever `num_images` says.",
        {PRIOR: "torch.randn(1, model.latent_dim)"},
    ),
    (
        "one-too-many",
        "The number of images is off by one.",
        {PRIOR: "torch.randn(num_images + 1, model.latent_dim)"},
    ),
    (
        "numpy",
        "You return a NumPy array. Return a tensor.",
        {"model.decode(z).sigmoid()": "model.decode(z).sigmoid().numpy()"},
    ),
    (
        "list",
        "You return a list of images. Return one tensor, one row per image.",
        {"model.decode(z).sigmoid()": "list(model.decode(z).sigmoid())"},
    ),
    (
        "pair",
        "You return more than the images. Return one tensor.",
        {"return model.decode(z).sigmoid()": "return model.decode(z).sigmoid(), z"},
    ),
    (
        "frozen",
        "After the call the parameters require no gradients any more: training would stop learning.",
        {"    with torch.no_grad():": "    model.requires_grad_(False)\n    if True:"},
    ),
)

# gaussian_nll
SQUARED = "squared_error = (x - x_hat).square().sum(dim=1)"
COST = "return squared_error / (2 * sigma**2) + x.shape[1] * per_pixel"
PER_PIXEL = "per_pixel = math.log(sigma) + 0.5 * math.log(2 * math.pi)"
_slips(
    "gaussian_nll",
    (
        "everything-averaged-over-pixels",
        "You average over the pixels. Pixels add up: the cost of an image is a sum.",
        {
            SQUARED: "squared_error = (x - x_hat).square().mean(dim=1)",
            COST: "return squared_error / (2 * sigma**2) + per_pixel",
        },
    ),
    (
        "variance-as-scale",
        "You use the variance where the standard deviation belongs, in the division and in the logarithm (as when `Normal` gets sigma**2 as its scale).",
        {
            COST: "return squared_error / (2 * sigma**4) + x.shape[1] * (2 * math.log(sigma) + 0.5 * math.log(2 * math.pi))"
        },
    ),
    (
        "sigma-to-the-fourth",
        "The squared error is divided by sigma to the fourth power. It is divided by twice the variance, sigma squared.",
        {"(2 * sigma**2)": "(2 * sigma**4)"},
    ),
    (
        "log-sigma-halved",
        "log sigma is halved. It stands whole: it is half of log sigma squared already.",
        {"math.log(sigma)": "0.5 * math.log(sigma)"},
    ),
    (
        "log-sigma-with-wrong-sign",
        "log sigma has the wrong sign: a wide Gaussian costs more at its centre, not less.",
        {"per_pixel = math.log(sigma)": "per_pixel = -math.log(sigma)"},
    ),
    (
        "log-two-pi-with-wrong-sign",
        "The constant with 2 pi has the wrong sign.",
        {"+ 0.5 * math.log(2": "- 0.5 * math.log(2"},
    ),
    (
        "constants-with-wrong-sign",
        "The constants have the wrong sign.",
        {"+ x.shape[1] * per_pixel": "- x.shape[1] * per_pixel"},
    ),
    (
        "log-two-pi-without-half",
        "The half in front of log 2 pi is missing.",
        {"0.5 * math.log(2": "math.log(2"},
    ),
    (
        "constants-doubled",
        "The constants are counted twice: the half in front of log(2 pi sigma squared) is missing.",
        {PER_PIXEL: "per_pixel = math.log(2 * math.pi * sigma**2)"},
    ),
    (
        "log-pi",
        "The constant is half of log pi: the 2 in log 2 pi is missing.",
        {"math.log(2 * math.pi)": "math.log(math.pi)"},
    ),
    (
        "two-log-pi",
        "The 2 stands before the logarithm. The constant is half of log(2 pi).",
        {"math.log(2 * math.pi)": "2 * math.log(math.pi)"},
    ),
    (
        "root-of-two-pi-halved",
        "The half and the square root are both there: log of the root of 2 pi is half of log 2 pi already.",
        {"0.5 * math.log(2 * math.pi)": "0.5 * math.log(math.sqrt(2 * math.pi))"},
    ),
    (
        "log10",
        "Your logarithms have base 10. The course counts in nats: `math.log`.",
        {"math.log(": "math.log10("},
    ),
    (
        "log2",
        "Your logarithms have base 2. The course counts in nats: `math.log`.",
        {"math.log(": "math.log2("},
    ),
    (
        "batch-size-for-pixels",
        "The constants are counted once per image of the batch. They belong to every pixel: `x.shape[1]` times.",
        {"x.shape[1]": "x.shape[0]"},
    ),
    (
        "all-numbers-for-pixels",
        "The constants are counted once for each number of the batch. They belong to the pixels of one image: `x.shape[1]` times.",
        {"x.shape[1]": "x.numel()"},
    ),
    (
        "log-sigma-once",
        "log sigma is counted once per image. It belongs to every pixel.",
        {
            COST: "return squared_error / (2 * sigma**2) + math.log(sigma) + x.shape[1] * 0.5 * math.log(2 * math.pi)"
        },
    ),
    (
        "log-two-pi-once",
        "The constant with 2 pi is counted once per image. It belongs to every pixel.",
        {
            COST: "return squared_error / (2 * sigma**2) + x.shape[1] * math.log(sigma) + 0.5 * math.log(2 * math.pi)"
        },
    ),
    (
        "root-of-squared-error",
        "You take the distance, not its square: the square root is too much.",
        {"(2 * sigma**2) +": "(2 * sigma**2) * 0 + squared_error.sqrt() / (2 * sigma**2) +"},
    ),
    ("difference-not-squared", "The difference is not squared.", {".square()": ""}),
    (
        "brackets-forgotten",
        "Brackets are missing: / 2 * sigma**2 divides by 2 and multiplies by the variance.",
        {"/ (2 * sigma**2)": "/ 2 * sigma**2"},
    ),
    (
        "times-variance",
        "The squared error is multiplied by twice the variance. It is divided by it.",
        {"squared_error / (2 * sigma**2)": "squared_error * 2 * sigma**2"},
    ),
    (
        "two-sigma-squared",
        "The 2 is squared, too: (2 sigma) squared is four times the variance.",
        {"(2 * sigma**2)": "(2 * sigma)**2"},
    ),
    (
        "sigma-missing",
        "The squared error is halved, but not divided by the variance.",
        {"squared_error / (2 * sigma**2)": "squared_error / 2"},
    ),
    (
        "plain-squared-error",
        "The squared error is neither halved nor divided by the variance.",
        {"squared_error / (2 * sigma**2)": "squared_error"},
    ),
    (
        "sigma-fixed",
        "sigma plays no part in your cost: it is taken to be 1.",
        {"(2 * sigma**2)": "2", "math.log(sigma) + ": ""},
    ),
    (
        "half-twice",
        "The cost has one factor of one half too many.",
        {COST: "return 0.5 * (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel)"},
    ),
    (
        "summed-before-squaring",
        "You add up the differences of an image and square the sum. Square each difference, then add.",
        {".square().sum(dim=1)": ".sum(dim=1).square()"},
    ),
    (
        "sum-over-the-wrong-axis",
        "You sum over the batch and keep the pixels. Sum over the pixels (dim=1), one value per image.",
        {".sum(dim=1)": ".sum(dim=0)", "x.shape[1]": "x.shape[0]"},
    ),
    (
        "squared-sum-over-the-wrong-axis",
        "You sum the squared error over the batch and keep the pixels. Sum over the pixels (dim=1), one value per image.",
        {".sum(dim=1)": ".sum(dim=0)"},
    ),
    (
        "mean-of-everything",
        "You return one number for the whole batch, averaged over pixels. Asked for is one sum over pixels per image.",
        {".square().sum(dim=1)": ".square().mean()", "x.shape[1] * per_pixel": "per_pixel"},
    ),
    (
        "total",
        "You return one number, the sum over the whole batch. Asked for is one value per image.",
        {COST: "return (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel).sum()"},
    ),
    (
        "keepdim",
        "The result has an axis of length 1 too many. Asked for is one value per image, (batch,).",
        {".sum(dim=1)": ".sum(dim=1, keepdim=True)"},
    ),
    (
        "likelihood",
        "You return the density itself. Asked for is minus its logarithm.",
        {COST: "return torch.exp(-(squared_error / (2 * sigma**2) + x.shape[1] * per_pixel))"},
    ),
    (
        "clamped-at-zero",
        "A negative cost is cut off at 0. It can be negative: a density may exceed 1.",
        {COST: "return (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel).clamp(min=0)"},
    ),
    (
        "absolute-cost",
        "You take the absolute value of the cost. It can be negative: a density may exceed 1.",
        {COST: "return (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel).abs()"},
    ),
    (
        "normalised-constants-missing",
        "The normalisation is that of one pixel with sigma = 1: log sigma is missing, and the constant is counted once.",
        {COST: "return squared_error / (2 * sigma**2) + 0.5 * math.log(2 * math.pi)"},
    ),
    (
        "sigmoid-on-x-hat",
        "You put a sigmoid on x_hat. It is the mean already.",
        {"(x - x_hat)": "(x - x_hat.sigmoid())"},
    ),
    (
        "bernoulli",
        "This is the Bernoulli cost. Asked for is that of a Gaussian.",
        {COST: "return F.binary_cross_entropy_with_logits(x_hat, x, reduction='none').sum(dim=1)"},
    ),
    (
        "floats",
        "You return Python numbers. Asked for is a tensor with one value per image.",
        {COST: "return (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel).tolist()"},
    ),
    (
        "item-mean",
        "You return a Python number. Asked for is a tensor with one value per image.",
        {COST: "return (squared_error / (2 * sigma**2) + x.shape[1] * per_pixel).mean().item()"},
    ),
    (
        "x-changed-in-place",
        "The image is changed in place. Leave the arguments as they are.",
        {SQUARED: "squared_error = x.sub_(x_hat.detach()).square().sum(dim=1) + 0 * x_hat.sum()"},
    ),
)

# effective_beta
_slips(
    "effective_beta",
    (
        "sizes-fixed",
        "You use 784 pixels and 20 latent dimensions whatever the arguments say.",
        {"1 / num_pixels": "1 / 784", "1 / latent_dim": "1 / 20"},
    ),
    (
        "latents-fixed",
        "The number of latent dimensions is 20 whatever the argument says.",
        {"1 / latent_dim": "1 / 20"},
    ),
    (
        "only-recon-weight",
        "You return the weight of recon alone. The factor in front of the KL is the KL's weight over it.",
        {"kl_weight / recon_weight": "recon_weight"},
    ),
    (
        "difference",
        "You subtract the weights. Rescaling is a division.",
        {"kl_weight / recon_weight": "kl_weight - recon_weight"},
    ),
    (
        "sum-of-weights",
        "You add the weights. Rescaling is a division.",
        {"kl_weight / recon_weight": "kl_weight + recon_weight"},
    ),
    (
        "recon-condition-inverted",
        "Sum and mean are mixed up for recon: it is the mean that divides by the number of pixels.",
        {'recon_reduction == "mean"': 'recon_reduction == "sum"'},
    ),
    (
        "kl-condition-inverted",
        "Sum and mean are mixed up for the KL: it is the mean that divides by the number of latent dimensions.",
        {'kl_reduction == "mean"': 'kl_reduction == "sum"'},
    ),
    (
        "reductions-swapped",
        "The reductions are swapped: that of recon belongs to the pixels, that of the KL to the latent dimensions.",
        {
            'if recon_reduction == "mean"': 'if swapped == "mean"',
            'if kl_reduction == "mean"': 'if recon_reduction == "mean"',
            'if swapped == "mean"': 'if kl_reduction == "mean"',
        },
    ),
    (
        "one-condition-for-both",
        "Both weights look at the reduction of recon. That of the KL has a word of its own.",
        {'kl_reduction == "mean"': 'recon_reduction == "mean"'},
    ),
    (
        "kl-condition-for-both",
        "Both weights look at the reduction of the KL. That of recon has a word of its own.",
        {'recon_reduction == "mean"': 'kl_reduction == "mean"'},
    ),
    (
        "latents-for-both",
        "Both means divide by the number of latent dimensions. That of recon runs over pixels.",
        {"1 / num_pixels": "1 / latent_dim"},
    ),
    (
        "pixels-for-both",
        "Both means divide by the number of pixels. That of the KL runs over latent dimensions.",
        {"1 / latent_dim": "1 / num_pixels"},
    ),
    (
        "sizes-in-the-ratio-swapped",
        "The fraction for two means is upside down: pixels stand above, latent dimensions below.",
        {
            "return kl_weight / recon_weight": "if recon_weight < 1 and kl_weight < 1:\n        return recon_weight / kl_weight\n    return kl_weight / recon_weight"
        },
    ),
    (
        "product-for-two-means",
        "For two means you multiply pixels and latent dimensions. The one divides, the other multiplies.",
        {
            "return kl_weight / recon_weight": "if recon_weight < 1 and kl_weight < 1:\n        return num_pixels * latent_dim\n    return kl_weight / recon_weight"
        },
    ),
    (
        "always-both-means",
        "You return pixels over latent dimensions whatever the reductions are. That is right for two means only.",
        {"kl_weight / recon_weight": "num_pixels / latent_dim"},
    ),
    (
        "root",
        "You take a square root. The weights themselves are divided.",
        {"kl_weight / recon_weight": "(kl_weight / recon_weight) ** 0.5"},
    ),
    (
        "logarithm",
        "You return a logarithm of beta. Return beta itself.",
        {"kl_weight / recon_weight": "math.log(kl_weight / recon_weight)"},
    ),
    (
        "minus",
        "beta is a weight and has no minus sign.",
        {"kl_weight / recon_weight": "-kl_weight / recon_weight"},
    ),
    (
        "twice",
        "There is a factor of 2 too many.",
        {"kl_weight / recon_weight": "2 * kl_weight / recon_weight"},
    ),
    (
        "two-sums-ratio",
        "Two sums are treated like two means. Two sums are the ELBO: beta is 1.",
        {
            "return kl_weight / recon_weight": "if recon_weight == 1 and kl_weight == 1:\n        return num_pixels / latent_dim\n    return kl_weight / recon_weight"
        },
    ),
    (
        "two-sums-ratio-inverted",
        "Two sums are the ELBO: beta is 1, whatever the sizes are.",
        {
            "return kl_weight / recon_weight": "if recon_weight == 1 and kl_weight == 1:\n        return latent_dim / num_pixels\n    return kl_weight / recon_weight"
        },
    ),
    (
        "string",
        "You return text. Return a number.",
        {"kl_weight / recon_weight": "str(kl_weight / recon_weight)"},
    ),
    (
        "pair",
        "You return two numbers. Return one: the weight of the KL over that of recon.",
        {"kl_weight / recon_weight": "kl_weight, recon_weight"},
    ),
)


@WRONG.add(
    "effective_beta",
    "first-mean-wins",
    "With two means only recon is looked at. Both count: is the second condition an `elif`, behind a `return`, or overwritten?",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean":
        return num_pixels
    elif kl_reduction == "mean":
        return 1 / latent_dim
    return 1.0


@WRONG.add(
    "effective_beta",
    "first-mean-of-kl-wins",
    "With two means only the KL is looked at. Both count: is the first one skipped, or overwritten by the second?",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if kl_reduction == "mean":
        return 1 / latent_dim
    elif recon_reduction == "mean":
        return num_pixels
    return 1.0


@WRONG.add(
    "effective_beta",
    "two-sums-forgotten",
    "For two sums the function returns None. Then beta is 1.",
)
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "mean" and kl_reduction == "mean":
        return num_pixels / latent_dim
    if recon_reduction == "mean":
        return num_pixels
    if kl_reduction == "mean":
        return 1 / latent_dim


# xavier_init
STD = "math.sqrt(2 / (fan_in + fan_out))"
DRAW = "torch.randn(fan_in, fan_out) * std"
MADE = "return (torch.randn(fan_in, fan_out) * std).requires_grad_()"
NO_LEAF = "The result is a product, so it is no leaf, and optimizers refuse it. Scale first, then ask for gradients."
_slips(
    "xavier_init",
    (
        "brackets-forgotten",
        "Brackets are missing: 2 / fan_in + fan_out divides 2 by fan_in only. Divide by the sum.",
        {"2 / (fan_in + fan_out)": "2 / fan_in + fan_out"},
    ),
    (
        "divided-by-std",
        "The fraction is upside down: you divide by the standard deviation, or take the root of (fan_in + fan_out) / 2. Multiply by the root of 2 / (fan_in + fan_out).",
        {DRAW: "torch.randn(fan_in, fan_out) / std"},
    ),
    (
        "divided-by-variance",
        "You divide by the variance. Multiply by the standard deviation.",
        {DRAW: "torch.randn(fan_in, fan_out) / std**2"},
    ),
    (
        "one-over-sum-of-std",
        "The variance is twice what it should be: 4 / (fan_in + fan_out), as when the root covers the sum alone. Take the root of the whole fraction 2 / (fan_in + fan_out).",
        {STD: "2 / math.sqrt(fan_in + fan_out)"},
    ),
    (
        "root-of-two-over-sum",
        "The root covers only a part of 2 / (fan_in + fan_out): take the root of the whole fraction.",
        {STD: "math.sqrt(2) / (fan_in + fan_out)"},
    ),
    (
        "root-twice",
        "The square root is taken twice. The standard deviation is one root of the variance.",
        {STD: "math.sqrt(math.sqrt(2 / (fan_in + fan_out)))"},
    ),
    (
        "one-over-fan-out",
        "A variance of 1 / fan_out looks at the way back only. Glorot's variance averages both ways.",
        {"2 / (fan_in + fan_out)": "1 / fan_out"},
    ),
    (
        "product",
        "You divide by the product of fan_in and fan_out. Glorot's variance has their sum.",
        {"2 / (fan_in + fan_out)": "2 / (fan_in * fan_out)"},
    ),
    (
        "geometric-mean",
        "You divide by the geometric mean of fan_in and fan_out. Glorot's variance has their sum over 2.",
        {"2 / (fan_in + fan_out)": "1 / math.sqrt(fan_in * fan_out)"},
    ),
    (
        "mean-of-inverses",
        "You average 1 / fan_in and 1 / fan_out. Glorot divides by the mean of fan_in and fan_out.",
        {"2 / (fan_in + fan_out)": "(1 / fan_in + 1 / fan_out) / 2"},
    ),
    (
        "sum-of-inverses",
        "You add 1 / fan_in and 1 / fan_out. Glorot divides by the mean of fan_in and fan_out.",
        {"2 / (fan_in + fan_out)": "1 / fan_in + 1 / fan_out"},
    ),
    (
        "three-in-place-of-two",
        "The variance is not 2 / (fan_in + fan_out): another number stands above the sum.",
        {"2 / (fan_in": "3 / (fan_in"},
    ),
    (
        "larger-of-the-two",
        "You divide by the larger of fan_in and fan_out. Glorot's variance has their sum over 2.",
        {"2 / (fan_in + fan_out)": "1 / max(fan_in, fan_out)"},
    ),
    (
        "smaller-of-the-two",
        "You divide by the smaller of fan_in and fan_out. Glorot's variance has their sum over 2.",
        {"2 / (fan_in + fan_out)": "1 / min(fan_in, fan_out)"},
    ),
    (
        "minus-sign",
        "You divide by a difference of fan_in and fan_out. Glorot's variance has their sum.",
        {"2 / (fan_in + fan_out)": "2 / abs(fan_in - fan_out)"},
    ),
    (
        "uniform-with-std-as-bound",
        "These numbers are uniform, with the standard deviation as their bound. Asked for are Gaussian ones.",
        {DRAW: "(2 * torch.rand(fan_in, fan_out) - 1) * std"},
    ),
    (
        "fixed-small",
        "The numbers are scaled by a constant such as 0.01 or 0.1, whatever the sizes are.",
        {STD: "0.01"},
    ),
    (
        "fixed-tenth",
        "The numbers are scaled by a constant such as 0.01 or 0.1, whatever the sizes are.",
        {STD: "0.1"},
    ),
    (
        "fixed-0.02",
        "The numbers are scaled by a constant such as 0.02, whatever the sizes are.",
        {STD: "0.02"},
    ),
    (
        "absolute-values",
        "All weights are positive (absolute values). A Gaussian has both signs.",
        {DRAW: "torch.randn(fan_in, fan_out).abs() * std"},
    ),
    (
        "shifted",
        "The weights do not have mean 0.",
        {DRAW: "torch.randn(fan_in, fan_out) * std + std"},
    ),
    (
        "one-row-for-all",
        "All rows are the same: one row was drawn and repeated. Every weight needs its own number.",
        {DRAW: "torch.randn(1, fan_out).repeat(fan_in, 1) * std"},
    ),
    (
        "one-column-for-all",
        "All columns are the same: one column was drawn and repeated. Every weight needs its own number.",
        {DRAW: "torch.randn(fan_in, 1).repeat(1, fan_out) * std"},
    ),
    (
        "one-number-for-all",
        "All weights are the same number. Every weight needs its own.",
        {DRAW: "torch.randn(1, 1).repeat(fan_in, fan_out) * std"},
    ),
    (
        "clamped",
        "The tails of the Gaussian are cut off (a truncated normal). Asked for is a plain one.",
        {DRAW: "torch.randn(fan_in, fan_out).clamp(-1, 1) * std"},
    ),
    (
        "float64",
        "The weights are float64. Asked for is float32, PyTorch's default.",
        {DRAW: "torch.randn(fan_in, fan_out, dtype=torch.float64) * std"},
    ),
    (
        "list-of-weights",
        "You return a NumPy array or a list. Return a tensor.",
        {".requires_grad_()": ".numpy()"},
    ),
    (
        "layer",
        "You return a layer. Return its weight matrix, a tensor of shape (fan_in, fan_out).",
        {MADE: "return nn.Linear(fan_in, fan_out)"},
    ),
    (
        "flat",
        "The weights are one long row. The shape is (fan_in, fan_out).",
        {DRAW: "torch.randn(fan_in * fan_out) * std"},
    ),
    (
        "square",
        "The matrix is square, or has another size. The shape is (fan_in, fan_out).",
        {DRAW: "torch.randn(fan_in, fan_in) * std"},
    ),
    (
        "bias-row",
        "The matrix has one row too many. The shape is (fan_in, fan_out); a bias is another tensor.",
        {DRAW: "torch.randn(fan_in + 1, fan_out) * std"},
    ),
    (
        "with-bias",
        "You return more than the weights. Return one tensor.",
        {MADE: f"{MADE}, torch.zeros(fan_out)"},
    ),
)

# -------------------------------------------------------------- more slips, exercise by exercise

_BCE = 'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()'
_MEAN_KL = "0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()"
_FAR_OUT = "Far out, where the sigmoid rounds to 0 or 1, your reconstruction stops growing and its gradient vanishes. Work on the logits: `F.binary_cross_entropy_with_logits`."
for _id, _edits, _message in (
    (
        "own-sigmoid-with-epsilon",
        {
            _BCE: "-(lambda p: (x * (p + 1e-7).log() + (1 - x) * (1 - p + 1e-7).log()))(1 / (1 + torch.exp(-x_logits))).sum(dim=1).mean()"
        },
        _FAR_OUT,
    ),
    (
        "means-times-784-and-20",
        {
            _BCE: "784 * F.binary_cross_entropy_with_logits(x_logits, x)",
            _MEAN_KL: "20 * 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean()",
        },
        "Means times 784 and 20 are sums for these sizes only. Sum over the axis: it works for every size.",
    ),
    (
        "kl-mean-times-20",
        {_MEAN_KL: "20 * 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean()"},
        "A mean times 20 is a sum over latent dimensions for this size only. Sum over the axis: it works for every size.",
    ),
):
    WRONG.edit("vae_loss", _id, _message, _edits)

_ERROR = "squared_error = (x - x_hat).square().sum(dim=1)"
_OVERWRITES = "An operation in place overwrites an argument, also for your caller. x_hat and x stay as they are: make new tensors."
for _id, _edits, _message in (
    (
        "x-hat-subtracted-in-place",
        {_ERROR: "squared_error = x_hat.sub_(x).square().sum(dim=1)"},
        _OVERWRITES,
    ),
    (
        "x-subtracted-in-place",
        {_ERROR: "squared_error = x.sub_(x_hat).square().sum(dim=1)"},
        _OVERWRITES,
    ),
    (
        "constants-over-the-variance",
        {
            "squared_error / (2 * sigma**2) + x.shape[1] * per_pixel": "(squared_error + x.shape[1] * per_pixel) / (2 * sigma**2)"
        },
        "The constants are divided by the variance, too. Only the squared error is.",
    ),
    (
        "x-hat-detached",
        {_ERROR: "squared_error = (x - x_hat.detach()).square().sum(dim=1) + 0 * x_hat.sum(dim=1)"},
        "No gradient reaches x_hat. No `detach` on the way.",
    ),
):
    WRONG.edit("gaussian_nll", _id, _message, _edits)

_RATIO = "return kl_weight / recon_weight"
_ROUNDED = "The result is rounded: a mean over latent dimensions gives a small beta, and a ratio is seldom a round number. Return it as it is."
for _id, _edits, _message in (
    ("rounded", {_RATIO: "return round(kl_weight / recon_weight, 1)"}, _ROUNDED),
    ("rounded-to-two-places", {_RATIO: "return round(kl_weight / recon_weight, 2)"}, _ROUNDED),
    (
        "rounded-down-to-one",
        {_RATIO: "return min(1.0, kl_weight / recon_weight)"},
        "The result is never above 1. A mean over pixels makes the KL weigh more than in the ELBO.",
    ),
    (
        "one-mean-of-kl-upside-down",
        {
            _RATIO: 'return latent_dim if (recon_reduction, kl_reduction) == ("sum", "mean") else kl_weight / recon_weight'
        },
        "With recon summed and kl averaged, beta is upside down: an averaged KL weighs less, 1 / latent_dim.",
    ),
    (
        "one-mean-of-recon-upside-down",
        {
            _RATIO: 'return 1 / num_pixels if (recon_reduction, kl_reduction) == ("mean", "sum") else kl_weight / recon_weight'
        },
        "With recon averaged and kl summed, beta is upside down: the KL weighs num_pixels times as much.",
    ),
):
    WRONG.edit("effective_beta", _id, _message, _edits)

for _id, _code, _message in (
    (
        "weights-of-nn-linear",
        "nn.Linear(fan_in, fan_out, bias=False).weight.detach().t().clone().requires_grad_()",
        "This is PyTorch's default for `nn.Linear`, a uniform distribution that depends on fan_in alone. Draw Gaussian numbers with the variance of the formula.",
    ),
):
    WRONG.edit(
        "xavier_init",
        _id,
        _message,
        {"(torch.randn(fan_in, fan_out) * std).requires_grad_()": _code},
    )

WRONG.edit(
    "evaluate",
    "first-32-only",
    "Only the first images are scored. Every image that was handed in should count.",
    {"x_logits, mu, log_var = model(x)": "x = x[:32]\n        x_logits, mu, log_var = model(x)"},
)
WRONG.settle("evaluate", "first-32-only", "value", "sampling")

for _id, _edits, _message in (
    (
        "all-sizes-fixed",
        {
            "nn.Linear(input_dim, hidden_dim)": "nn.Linear(784, 400)",
            "self.mu_head = nn.Linear(hidden_dim, latent_dim)": "self.mu_head = nn.Linear(400, 20)",
            "self.log_var_head = nn.Linear(hidden_dim, latent_dim)": "self.log_var_head = nn.Linear(400, 20)",
            "nn.Linear(latent_dim, hidden_dim)": "nn.Linear(20, 400)",
            "nn.Linear(hidden_dim, input_dim)": "nn.Linear(400, 784)",
        },
        "The sizes of the layers are typed in. Use the arguments: input_dim, hidden_dim and latent_dim.",
    ),
):
    WRONG.edit("VAE", _id, _message, _edits)

# -------------------------------------------------- mistakes whose points would depend on the inputs

for id in ("recon-minus-kl", "prior-samples", "first-batch-only"):
    WRONG.settle("evaluate", id, "value", "sampling")
WRONG.settle("VAE", "square-root-of-log-var", "reparameterize", "forward")
WRONG.settle("vae_loss", "log-var-as-variance", "kl", "loss", "extreme logits")

WRONG.edit(
    "VAE",
    "log-var-before-relu",
    "The head of log_var reads the hidden layer before its ReLU. Both heads read it after the ReLU.",
    {"self.log_var_head(hidden)": "self.log_var_head(self.encoder_hidden(x))"},
)
WRONG.edit(
    "VAE",
    "mu-before-relu",
    "The head of mu reads the hidden layer before its ReLU. Both heads read it after the ReLU.",
    {"self.mu_head(hidden)": "self.mu_head(self.encoder_hidden(x))"},
)

for _id, _edits, _message in (
    (
        "dropout-in-the-encoder",
        {
            "F.relu(self.encoder_hidden(x))": "F.dropout(F.relu(self.encoder_hidden(x)), 0.1, self.training)"
        },
        "In training mode two calls of `encode` give different codes, as a dropout layer makes them. The drawing has none: the only noise is that of z.",
    ),
    (
        "dropout-in-the-decoder",
        {
            "F.relu(self.decoder_hidden(z))": "F.dropout(F.relu(self.decoder_hidden(z)), 0.1, self.training)"
        },
        "In training mode two calls of `decode` give different logits, as a dropout layer makes them. The drawing has none: the only noise is that of z.",
    ),
    (
        "dropout-on-both-sides",
        {
            "F.relu(self.encoder_hidden(x))": "F.dropout(F.relu(self.encoder_hidden(x)), 0.1, self.training)",
            "F.relu(self.decoder_hidden(z))": "F.dropout(F.relu(self.decoder_hidden(z)), 0.1, self.training)",
        },
        "In training mode `encode` and `decode` are random, as dropout layers make them. The drawing has none: the only noise is that of z.",
    ),
    (
        "noise-in-the-decoder",
        {
            "F.relu(self.decoder_hidden(z))": "F.relu(self.decoder_hidden(z + 0.1 * torch.randn_like(z)))"
        },
        "`decode` is random, also after eval(). The only noise is that of z, and `reparameterize` draws it.",
    ),
):
    WRONG.edit("VAE", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "half-where-recon-is-a-mean",
        {"1 / num_pixels": "2 / num_pixels"},
        "Where recon is a mean, beta is half of what it should be. The mean divides by the number of pixels, and by nothing else.",
    ),
    (
        "twice-where-recon-is-a-mean",
        {"1 / num_pixels": "0.5 / num_pixels"},
        "Where recon is a mean, beta is twice what it should be. The mean divides by the number of pixels, and by nothing else.",
    ),
    (
        "half-where-kl-is-a-mean",
        {"1 / latent_dim": "0.5 / latent_dim"},
        "Where the KL is a mean, beta is half of what it should be. The mean divides by the number of latent dimensions, and by nothing else.",
    ),
    (
        "twice-where-kl-is-a-mean",
        {"1 / latent_dim": "2 / latent_dim"},
        "Where the KL is a mean, beta is twice what it should be. The mean divides by the number of latent dimensions, and by nothing else.",
    ),
):
    WRONG.edit("effective_beta", _id, _message, _edits)

for _id, _code in (
    # Not by nn.init.trunc_normal_: what it draws differs between versions of PyTorch.
    (
        "truncated-at-two",
        "(0.9545 * (2 * torch.rand(fan_in, fan_out) - 1)).erfinv() * 2**0.5 * std",
    ),
    (
        "truncated-at-one",
        "(0.6827 * (2 * torch.rand(fan_in, fan_out) - 1)).erfinv() * 2**0.5 * std",
    ),
    ("clamped-at-two", "torch.randn(fan_in, fan_out).clamp(-2, 2) * std"),
):
    WRONG.edit(
        "xavier_init",
        _id,
        "The tails of the Gaussian are cut off (a truncated normal). Asked for is a plain one.",
        {"torch.randn(fan_in, fan_out) * std": _code},
    )

# ------------------------------------------------------ what strangers got wrong, and its neighbours

_KEPT_NOISE = "z is the same in every call, and for every image: the noise was drawn once and kept. When should it be drawn?"
_UNKNOWN = "The model has no parameters, so no optimizer could train it: the layers are hidden from PyTorch, as in a plain list or dictionary. How does a module get to know its layers?"
_LAYERS = [
    "encoder_hidden = nn.Linear(input_dim, hidden_dim)",
    "mu_head = nn.Linear(hidden_dim, latent_dim)",
    "log_var_head = nn.Linear(hidden_dim, latent_dim)",
    "decoder_hidden = nn.Linear(latent_dim, hidden_dim)",
    "logits_head = nn.Linear(hidden_dim, input_dim)",
]


def _hidden_from_torch(*layers):
    """Return edits that keep some layers in a list, which PyTorch does not look into."""
    edits = {}
    for layer in layers:
        name, _, made = layer.partition(" = ")
        edits[f"self.{layer}"] = f"self.{name}_ = [{made}]"
        edits[f"self.{name}("] = f"self.{name}_[0]("
    return edits


for _id, _edits, _message in (
    (
        "noise-drawn-in-init",
        {
            "        self.mu_head": "        self.eps = torch.randn(latent_dim)\n        self.mu_head",
            "torch.randn_like(sigma)": "self.eps",
        },
        _KEPT_NOISE,
    ),
    ("layers-in-a-list", _hidden_from_torch(*_LAYERS), _UNKNOWN),
):
    WRONG.edit("VAE", _id, _message, _edits)

_ENTROPY = "Your recon is smaller than the cost by what grey pixels cost even in a perfect copy. Is that part of the negative log-likelihood?"
for _id, _edits, _message in (
    (
        "fixed-batch-size",
        {".sum(dim=1).mean()": ".sum() / 128"},
        "You divide by a fixed number, and not by the number of images: twice as many images give twice the loss. Which tensor knows how many there are?",
    ),
    (
        "entropy-subtracted",
        {
            'reduction="none").sum(dim=1).mean()': 'reduction="none").sum(dim=1).mean()\n    recon = recon - (torch.special.entr(x) + torch.special.entr(1 - x)).sum(dim=1).mean()'
        },
        _ENTROPY,
    ),
    (
        "half-of-the-entropy-subtracted",
        {
            'reduction="none").sum(dim=1).mean()': 'reduction="none").sum(dim=1).mean()\n    recon = recon - torch.special.entr(x).sum(dim=1).mean()'
        },
        "Your recon is smaller than the cost by the sum of -x log x over the pixels, which has nothing to do with the logits. Is that part of the negative log-likelihood?",
    ),
):
    WRONG.edit("vae_loss", _id, _message, _edits)

_SMALL_STEP = "The returned loss is right, but the step is smaller than that of the loss: you divide once more before `backward`. What has `vae_loss` averaged already?"
_RANGE = "The pixels are {} before the model sees them. They lie in [0, 1] as they come: what is left to do?"
for _id, _edits, _message in (
    ("step-per-image-again", {"loss.backward()": "(loss / len(x)).backward()"}, _SMALL_STEP),
    (
        "step-per-pixel",
        {"loss.backward()": "(loss / x.shape[1]).backward()"},
        "The returned loss is right, but the step is that of the loss divided by the number of pixels. In which unit is the loss that the step should lower?",
    ),
    (
        "step-per-number",
        {"loss.backward()": "(loss / x.numel()).backward()"},
        "The returned loss is right, but the step is that of the loss divided by the number of all pixels of the batch. In which unit is the loss that the step should lower?",
    ),
    (
        "step-of-half-the-loss",
        {"loss.backward()": "(0.5 * loss).backward()"},
        "The returned loss is right, but the step is that of half of it. Which number should `backward` start from?",
    ),
    (
        "pixels-divided-by-255",
        {"x_logits, mu, log_var = model(x)": "x = x / 255\n    x_logits, mu, log_var = model(x)"},
        _RANGE.format("divided by 255"),
    ),
    (
        "pixels-times-255",
        {"x_logits, mu, log_var = model(x)": "x = 255 * x\n    x_logits, mu, log_var = model(x)"},
        _RANGE.format("multiplied by 255"),
    ),
    (
        "pixels-around-zero",
        {"x_logits, mu, log_var = model(x)": "x = 2 * x - 1\n    x_logits, mu, log_var = model(x)"},
        _RANGE.format("stretched to [-1, 1]"),
    ),
    (
        "pixels-standardised",
        {
            "x_logits, mu, log_var = model(x)": "x = (x - 0.1307) / 0.3081\n    x_logits, mu, log_var = model(x)"
        },
        _RANGE.format("shifted and stretched"),
    ),
    (
        "pixels-drawn",
        {"x_logits, mu, log_var = model(x)": "x = torch.bernoulli(x)\n    x_logits, mu, log_var = model(x)"},
        "Grey pixels give another loss in every call, pixels that are 0 or 1 give the same: you draw black or white pixels from the grey ones. Train on the images that were given.",
    ),
):  # fmt: skip
    WRONG.edit("train_step", _id, _message, _edits)


@WRONG.add(
    "evaluate",
    "bound-of-many-samples",
    "Your score is lower than the negative ELBO, as a bound is that averages the weights of several samples inside the logarithm (lesson 07). The negative ELBO is a mean of losses.",
)
def evaluate(model, x):
    was_training = model.training
    model.eval()
    log_w = []
    with torch.no_grad():
        mu, log_var = model.encode(x)
        for _ in range(10):
            z = model.reparameterize(mu, log_var)
            cost = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1)
            log_ratio = -0.5 * (z**2 - (z - mu) ** 2 / log_var.exp() - log_var)
            log_w.append(log_ratio.sum(1) - cost)
    model.train(was_training)
    bound = torch.logsumexp(torch.stack(log_w), dim=0) - math.log(10)
    return -bound.mean().item()


_WALK = "z runs evenly from one end to the other and is the same in every call: that is a walk through the codes. Asked for are draws from the prior: which function makes these?"
for _id, _code in (
    ("walk-along-the-diagonal", "torch.linspace(-2, 2, num_images, device=device)[:, None].repeat(1, model.latent_dim)"),
):  # fmt: skip
    WRONG.edit(
        "generate", _id, _WALK, {"torch.randn(num_images, model.latent_dim, device=device)": _code}
    )

for _id, _edits, _message in (
    (
        "recon-always-a-mean",
        {'if recon_reduction == "mean"': 'if recon_reduction == "mean" or "sum"'},
        "recon always counts as a mean over pixels, whatever its reduction is. Is your condition ever false? A non-empty text alone is always true.",
    ),
    (
        "kl-always-a-mean",
        {'if kl_reduction == "mean"': 'if kl_reduction == "mean" or "sum"'},
        "The KL always counts as a mean over latent dimensions, whatever its reduction is. Is your condition ever false? A non-empty text alone is always true.",
    ),
):
    WRONG.edit("effective_beta", _id, _message, _edits)

WRONG.edit(
    "vae_loss",
    "log-var-becomes-the-variance-in-place",
    "`log_var` is overwritten with the variance, also for your caller, by a method with a trailing underscore. Compute its exponential in a new tensor.",
    {
        "    kl =": "    variance = log_var.exp_()\n    kl =",
        "log_var.exp() - 1 - log_var)": "variance - 1 - variance.log())",
    },
)

for _id, _edits, _message in (
    (
        "best-of-ten",
        {
            EVAL_CALL: "        losses = []\n        for _ in range(10):\n            x_logits, mu, log_var = model(x)\n            losses.append(vae_loss(x_logits, x, mu, log_var)[0])\n        loss = min(losses)\n"
        },
        "The score of one image is too low on average, and that of many a little: you keep the lowest of several losses. The negative ELBO is their mean.",
    ),
    (
        "gradients-on-for-good",
        {"    return loss.item()": "    torch.set_grad_enabled(True)\n    return loss.item()"},
        "After the call gradients are switched on, also where they were off before. The form with `with` brings back what was.",
    ),
):
    WRONG.edit("evaluate", _id, _message, _edits)

for _id, _edits, _message in (
    (
        "gradients-cleared",
        {"    device = next": "    model.zero_grad()\n    device = next"},
        "You throw away gradients that belong to the caller. Nothing needs to be cleared here.",
    ),
    (
        "unit-length",
        {"    return model.decode(z)": "    z = z / z.norm(dim=1, keepdim=True)\n        return model.decode(z)"},
        "All z have the same length, so they lie on a sphere. Draws of N(0, I) have different lengths: use them as they come.",
    ),
):  # fmt: skip
    WRONG.edit("generate", _id, _message, _edits)

for _id, _message, _end in (
    (
        "product-of-densities",
        "You multiply the densities of the pixels and take the logarithm afterwards. With many pixels the product leaves the range of the computer: add logarithms instead.",
        "density.prod(dim=1).log()",
    ),
    (
        "logarithm-of-densities",
        "You compute the density of each pixel and take its logarithm afterwards. Far from x_hat the density is 0 for the computer: write its logarithm down as a sum instead.",
        "density.log().sum(dim=1)",
    ),
):
    _body = Lesson.load("02_vae").exercise_cell("gaussian_nll").solution
    _start = _body.index("    squared_error = ")
    WRONG.edit(
        "gaussian_nll",
        _id,
        _message,
        {
            _body[
                _start:
            ]: f"    scale = sigma * math.sqrt(2 * math.pi)\n    density = torch.exp(-((x - x_hat) ** 2) / (2 * sigma**2)) / scale\n    return -{_end}\n"
        },
    )

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("VAE", "exp-of-the-root", "forward"),
    ("VAE", "forward-detaches-log-var", "forward"),
    ("train_step", "own-optimizer", "sampling"),
    ("train_step", "two-halves", "returned loss"),
    ("train_step", "image-binarised", "returned loss"),
    ("train_step", "pixels-standardised", "returned loss"),
    ("train_step", "pixels-drawn", "returned loss"),
    ("train_step", "returns-an-integer", "sampling"),
    ("evaluate", "first-image-only", "sampling"),
    ("xavier_init", "one-number-for-all", "leaf"),
):
    WRONG.settle(exercise, id, *criteria)
