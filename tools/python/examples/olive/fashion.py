"""Fashion-MNIST for Olive: images from an .npz file, and the class of a row of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from olive.data.registry import Registry


class Images(torch.utils.data.Dataset):
    """Pairs of ({"image": uint8 [28, 28]}, label); the label is -1 where the file has none."""

    def __init__(self, file: str, samples: int | None) -> None:
        with np.load(file) as data:
            self.images = data["image"][:samples]
            self.labels = data["labels"][:samples] if "labels" in data else np.full(len(self.images), -1)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[dict[str, Any], int]:
        return {"image": torch.from_numpy(self.images[index])}, int(self.labels[index])


@Registry.register_dataset()
def fashion_images(file: str, samples: int | None = None, **_: Any) -> Images:
    return Images(file, samples)


@Registry.register_post_process()
def class_of_scores(output: Any, **_: Any) -> torch.Tensor:
    scores = output["logits"] if isinstance(output, dict) else output
    return torch.argmax(torch.as_tensor(scores), dim=-1)
