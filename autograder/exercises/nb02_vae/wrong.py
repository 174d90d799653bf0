"""Known wrong solutions of lesson 02: published bugs first, then classroom mistakes."""
# ruff: noqa: F821 - `vae_loss` is a name of the lesson

import torch

from autograder.exercises.known_answers import Bank

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
    "A method with a trailing underscore changes `log_var` itself, and the KL reads it afterwards. "
    "Compute sigma in a new tensor.",
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
    "A fixed seed inside the sampler gives the same noise in every call. The expectation over z is then never taken.",
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
    "A tanh keeps mu between -1 and 1, so codes cannot move apart. The head of mu is a plain linear layer.",
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
    "The hidden layers here are ReLU layers (the paper of 2014 used tanh). A saturated tanh passes almost no gradient.",
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
    "`forward` returns x_logits first, then mu, then log_var. Three tensors in another order train without an error, "
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
    "`forward` returns a standard deviation as its third output. The loss expects log_var, exactly as `encode` gives it.",
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
    "The hidden layers are plain ReLU layers: below zero they let nothing through, here a little leaks.",
    {"F.relu(": "F.leaky_relu("},
)
WRONG.edit(
    "VAE",
    "log-var-clamped",
    "`encode` clamps log_var, and outside the limits its gradient is zero. Its head is a plain linear layer.",
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
    "Both terms are summed over the batch, so the loss grows with the batch size, and so does the step. Take the mean over images.",
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
    "Right for small logits only. `F.binary_cross_entropy` clamps logarithms at -100, so a confident mistake costs 100 "
    "nats and has no gradient. Work on the logits.",
    {
        "F.binary_cross_entropy_with_logits(x_logits, x": "F.binary_cross_entropy(x_logits.sigmoid(), x"
    },
)
WRONG.edit(
    "vae_loss",
    "epsilon-in-the-logarithm",
    "The small number inside the logarithm caps the cost of a confident mistake, and its gradient. The formula in logits needs no such crutch.",
    {
        'F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")': "(-x * (x_logits.sigmoid() + 1e-8).log() - (1 - x) * (1 - x_logits.sigmoid() + 1e-8).log())"
    },
)
WRONG.edit(
    "vae_loss",
    "clamped-logits",
    "Clamping the logits makes every confident mistake cost the same and kills its gradient. The cost is exact at any finite logit without it.",
    {"with_logits(x_logits, x": "with_logits(x_logits.clamp(-20, 20), x"},
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
    "You return a tensor, which keeps its whole graph alive. Return a Python float.",
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
    "You make a new optimizer in every step, so the given one, its kind and its learning rate are ignored.",
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
    "You decode mu, without noise. The ELBO is an expectation over z: without sampling the score is too good and bounds nothing.",
    {
        "x_logits, mu, log_var = model(x)": "mu, log_var = model.encode(x)\n        x_logits = model.decode(mu)"
    },
)
WRONG.edit(
    "evaluate",
    "left-in-evaluation-mode",
    "The model stays in evaluation mode. Training would go on in the wrong mode after your first score.",
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
    "A fixed seed makes the score repeat itself exactly, and resets the random numbers of the whole program. Let the noise be fresh.",
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
    "z has 20 dimensions whatever the model says. Ask the model: `model.latent_dim`.",
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
    "Every image is decoded from z = 0: one image, many times. Draw z from the prior.",
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
    "Cutting logits off at 0 and 1 does not make probabilities of them. That is what the sigmoid is for.",
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
    "A fixed seed gives the same pictures in every call, and resets the random numbers of the whole program.",
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
    "Your ratio is upside down: the weight of the KL stands above, that of recon below.",
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
    "You multiply the two weights. Rescaling the loss until recon has weight 1 is a division.",
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
    "Integer division throws the fraction away: a beta of 0.05 becomes 0.",
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
    "A fixed seed gives equal weights to all layers of equal size. Draw new numbers in every call.",
    {"    std =": "    torch.manual_seed(0)\n    std ="},
)
WRONG.edit(
    "xavier_init",
    "zeros",
    "All weights are zero, so all hidden units compute the same and learn the same, for ever.",
    {"torch.randn(fan_in, fan_out) * std": "torch.zeros(fan_in, fan_out) * std"},
)
