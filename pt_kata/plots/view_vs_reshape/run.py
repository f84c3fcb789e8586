"""Calls the functions of the kata for its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.view_vs_reshape.data import PLACES, Answer, Band, Data, Refusal, Walk

VIEWS = (2, 9), (9, 2), (3, 3, 2)
SHAPES = (3, 3, 2), (2, 0, 3)
LAYOUTS = (  # sizes, strides, shape
    ((2, 3), (3, 1), (6,)),
    ((3, 2), (1, 3), (6,)),
    ((2, 2), (3, 1), (4,)),
    ((6,), (2,), (2, 3)),
    ((2, 1, 3), (3, 99, 1), (6,)),
)
MOST = 24  # characters of an answer


def run(code: Code, options: Mapping[str, str]) -> Data:
    """How each tensor that a function returns walks over the 18 numbers, and what the other functions say."""
    bands = (*_three_views(code), *_joined(code), _flat(code), _windows(code))
    return Data(bands, _answers(code), tuple(code.notes))


def _numbers() -> Tensor:
    return torch.arange(float(PLACES))


def _three_views(code: Code) -> tuple[Band, ...]:
    numbers = _numbers()
    found = code.call("three_views", numbers)
    if not isinstance(found, Failure) and not (isinstance(found, tuple | list) and len(found) == len(VIEWS)):
        found = Failure("three_views", f"returns a {type(found).__name__}, wanted a tuple of {len(VIEWS)} tensors")
    pieces: Sequence[object] = [found] * len(VIEWS) if isinstance(found, Failure) else found
    walks = [_read(code, "three_views", piece, numbers, shape) for piece, shape in zip(pieces, VIEWS, strict=True)]
    _note_writing(code, "three_views", numbers)
    return tuple(
        Band(f"three_views(numbers)[{place}]", walk, _walk(_numbers().view(VIEWS[place])))
        for place, walk in enumerate(walks)
    )


def _joined(code: Code) -> tuple[Band, Band]:
    plain, other = _numbers(), _numbers()
    found = _asked(code, plain, (3, 6), "join_embeddings", plain.view(3, 3, 2))
    turned = other.view(3, 3, 2).transpose(0, 1)
    (_, _, size), (_, outer, inner) = turned.shape, turned.stride()
    why = f"the last two axes do not join, for the outer step {outer} is not {size} · {inner}"
    refused = code.run("join_embeddings", lambda: _refused(code.module.join_embeddings, turned))
    walk = refused if isinstance(refused, Refusal) else _read(code, "join_embeddings", refused, other, (3, 6))
    _note_writing(code, "join_embeddings", other)
    return (
        Band("join_embeddings(batch)", found, _walk(_numbers().view(3, 6))),
        Band("join_embeddings(transposed batch)", walk, None, why),
    )


def _refused(function: Callable[[Tensor], object], tensor: Tensor) -> object:
    try:
        return function(tensor)
    except NotImplementedError:  # a RuntimeError too
        raise
    except RuntimeError:
        return Refusal()


def _flat(code: Code) -> Band:
    numbers = _numbers()
    found = _asked(code, numbers, (PLACES,), "flatten_transpose", numbers.view(3, 6))
    copy = _numbers().view(3, 6).T.clone(memory_format=torch.contiguous_format).view(-1)
    return Band("flatten_transpose(matrix)", found, _walk(copy, numbers))


def _windows(code: Code) -> Band:
    numbers = _numbers()
    found = _asked(code, numbers, (4, 3), "sliding_windows", numbers[1::2], 3, 2)
    return Band("sliding_windows(numbers[1::2], 3, 2)", found, _walk(_numbers()[1::2].unfold(0, 3, 2)))


def _asked(code: Code, numbers: Tensor, shape: tuple[int, ...], name: str, *arguments: object) -> Walk | Failure:
    """What a function makes of tensors over ``numbers``."""
    walk = _read(code, name, code.call(name, *arguments), numbers, shape)
    _note_writing(code, name, numbers)
    return walk


def _read(code: Code, name: str, found: object, numbers: Tensor, shape: tuple[int, ...]) -> Walk | Failure:
    """How ``found`` walks, if it is a tensor of this shape."""
    if isinstance(found, Failure):
        return found

    def walk() -> Walk | Failure:
        tensor = code.expected(name, found, shape)
        if isinstance(tensor, Failure):
            return tensor
        if tensor.dtype != numbers.dtype:
            return Failure(name, f"returns {tensor.dtype}, wanted {numbers.dtype}")
        read = _walk(tensor, numbers)
        is_outside = read.is_view and max(read.readers) >= PLACES
        return Failure(name, f"reads beyond the {PLACES} numbers") if is_outside else read

    return code.run(name, walk)


def _walk(tensor: Tensor, numbers: Tensor | None = None) -> Walk:
    """Sizes, strides, offset and storage of a tensor; without ``numbers`` it is a view."""
    storage = tensor.untyped_storage().data_ptr()
    is_view = numbers is None or storage == numbers.untyped_storage().data_ptr()
    read = tuple(float(number) for number in tensor.flatten().tolist())
    return Walk(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()), is_view, read)


def _note_writing(code: Code, name: str, numbers: Tensor) -> None:
    if code.run(name, lambda: torch.equal(numbers.detach(), _numbers())) is not True:
        code.notes.append(f"{name} changes its input")


# What the other functions say


def _answers(code: Code) -> tuple[Answer, ...]:
    return (*_strides(code), *_sharing(code), *_viewable(code))


def _strides(code: Code) -> tuple[Answer, ...]:
    return tuple(
        _answer(code, "contiguous_strides", f"{shape}", torch.empty(shape).stride(), shape) for shape in SHAPES
    )


def _sharing(code: Code) -> tuple[Answer, ...]:
    numbers = _numbers()
    return (
        _answer(code, "shares_memory", "x[:9], x[9:]", True, numbers[:9], numbers[9:]),
        _answer(code, "shares_memory", "x, x.clone()", False, numbers, numbers.clone()),
    )


def _viewable(code: Code) -> tuple[Answer, ...]:
    return tuple(
        _answer(
            code, "can_view", f"{sizes}, {strides}, {shape}", _has_view(sizes, strides, shape), sizes, strides, shape
        )
        for sizes, strides, shape in LAYOUTS
    )


def _has_view(sizes: tuple[int, ...], strides: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    try:
        torch.empty_strided(sizes, strides, device="meta").view(shape)
    except RuntimeError:
        return False
    return True


def _answer(code: Code, name: str, text: str, truth: object, *arguments: object) -> Answer:
    found = code.run(name, lambda: repr(getattr(code.module, name)(*arguments)))
    words = found if isinstance(found, Failure) or len(found) <= MOST else f"{found[: MOST - 1]}…"
    return Answer(f"{name}({text})", words, repr(truth))
