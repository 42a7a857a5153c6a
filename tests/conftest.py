"""What all tests share."""

import torch

# The tests' models are tiny: a second thread would only wait, and worse where cores are shared.
torch.set_num_threads(1)
