"""Before torchvision is imported: declares the two operators that its missing GPU library would declare."""

import importlib.abc
import sys

_kept = []


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            for operator in ("nms", "qnms"):
                library = torch.library.Library("torchvision", "FRAGMENT")
                library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                _kept.append(library)
        return None


sys.meta_path.insert(0, _BeforeTorchvision())
