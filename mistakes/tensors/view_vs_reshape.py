"""Known wrong answers to tensors/view_vs_reshape."""

from itertools import accumulate, pairwise
from math import prod
from operator import mul

import torch

from pt_kata.stand_ins import mistake
from solutions.tensors.view_vs_reshape import can_view as right_can_view
from solutions.tensors.view_vs_reshape import contiguous_strides
from solutions.tensors.view_vs_reshape import contiguous_strides as right_strides
from solutions.tensors.view_vs_reshape import flatten_transpose as right_flatten
from solutions.tensors.view_vs_reshape import sliding_windows as right_windows
from solutions.tensors.view_vs_reshape import three_views as right_views


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def own_size_included(shape):
    """The size of the axis itself multiplied in.

    The product starts at the axis whose stride is wanted. One step along an axis passes only what lies inside it,
    and its own size says how many such steps there are.

    Try:
        >>> contiguous_strides((2, 3))
        (6, 3)
    """
    return tuple(prod(max(size, 1) for size in shape[axis:]) for axis in range(len(shape)))


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def own_size_included_be_it_0(shape):
    """The size of the axis itself multiplied in, be it 0.

    The product starts at the axis whose stride is wanted, and a size of 0 makes it 0. One step along an axis passes
    only what lies inside it, and torch counts a size of 0 as 1 there.

    Try:
        >>> contiguous_strides((2, 3)), contiguous_strides((2, 0))
        ((6, 3), (0, 0))
    """
    return tuple(prod(shape[axis:]) for axis in range(len(shape)))


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def sizes_before_the_axis(shape):
    """Strides of columns that lie side by side.

    The sizes before the axis are multiplied, as in Fortran, where the first index runs fastest. In torch the last
    index runs fastest, so a step along an axis passes the axes after it.

    Try:
        >>> contiguous_strides((2, 3))
        (1, 2)
    """
    return tuple(prod(max(size, 1) for size in shape[:axis]) for axis in range(len(shape)))


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def order_left_reversed(shape):
    """The strides from the last axis to the first.

    The strides are found from the right and returned in the order in which they were found. The first stride has to
    belong to the first axis, so the list must be turned round once more.

    Try:
        >>> contiguous_strides((2, 3, 4))
        (1, 4, 12)
    """
    return right_strides(shape)[::-1]


@mistake("contiguous_strides", caught_by="test_strides_agree_with_torch")
def next_size_only(shape):
    """Only the next size instead of the product of all that follow.

    The stride is taken to be the size of the next axis alone. With three axes or more, one step along the first
    passes whole matrices and not single rows.

    Try:
        >>> contiguous_strides((2, 3, 4))
        (3, 4, 1)
    """
    return (*shape[1:], 1) if shape else ()


@mistake("contiguous_strides", caught_by="test_strides_where_nothing_is_stepped_over")
def zero_kept(shape):
    """A size of 0 that makes strides 0.

    The sizes are multiplied as they are, so a size of 0 makes every stride before it 0. For strides a size of 0
    counts as 1, and torch does the same.

    Try:
        >>> contiguous_strides((3, 0))
        (0, 1)
    """
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


@mistake("contiguous_strides", caught_by="test_strides_where_nothing_is_stepped_over")
def scalar_with_an_axis(shape):
    """A stride for the axis that a scalar does not have.

    The last stride, 1, is put down before it is known whether there is a last axis. A scalar has the shape (), so it
    has no axis and no stride.

    Try:
        >>> contiguous_strides(())
        (1,)
    """
    return right_strides(shape) or (1,)


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def list_of_strides(shape):
    """A list instead of a tuple.

    The strides are right and come in a list. A list is never equal to a tuple, and torch gives sizes and strides as
    tuples.

    Try:
        >>> contiguous_strides((2, 3)) == torch.empty(2, 3).stride()
        False
    """
    return list(right_strides(shape))


@mistake("contiguous_strides", caught_by="test_strides_of_a_matrix")
def strides_in_bytes(shape):
    """Strides counted in bytes.

    Each stride is multiplied by the four bytes of a float32. Torch counts its strides in elements, whatever the
    dtype; it is numpy that counts bytes.

    Try:
        >>> contiguous_strides((2, 3)), torch.empty(2, 3).stride()
        ((12, 4), (3, 1))
    """
    return tuple(4 * stride for stride in right_strides(shape))


@mistake("contiguous_strides", caught_by="test_strides_need_no_tensor", forbidden=True)
def asked_torch(shape):
    """A tensor asked for its strides.

    A tensor of that shape is made and its strides are read off. That is the operation to be explained, and sizes
    beyond what int64 can count make no tensor at all.

    Try:
        >>> contiguous_strides((2**40, 2**40))
        Traceback (most recent call last):
        RuntimeError: Storage size calculation overflowed with sizes=[1099511627776, 1099511627776]
    """
    return torch.empty(shape, device="meta").stride()


@mistake("contiguous_strides", caught_by="test_strides_need_no_tensor")
def strides_in_64_bits(shape):
    """Strides that are counted in 64 bits.

    The products are left to an array of int64, in which a large product wraps around without a word. Python's own
    ints have no largest number.

    Try:
        >>> contiguous_strides((3, 2**40, 2**40))
        (0, 1099511627776, 1)
    """
    return tuple((stride + 2**63) % 2**64 - 2**63 for stride in right_strides(shape))


@mistake("shares_memory", caught_by="test_views_of_one_storage_share_memory")
def first_elements_compared(a, b):
    """The addresses of the first elements compared.

    data_ptr is the address at which a tensor begins, and two tensors count as sharing only if they begin at the same
    element. A slice begins later in the same storage, and still reads it.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x[2:])
        False
    """
    return a.numel() > 0 and b.numel() > 0 and a.data_ptr() == b.data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def data_ptr_alone(a, b):
    """data_ptr of both compared, and nothing else.

    Two tensors count as sharing if their first elements have one address, and all empty tensors have the address 0.
    So a slice that begins later is overlooked, and two empty tensors are taken for one.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x[2:]), shares_memory(x[:0], x[:0])
        (False, True)
    """
    return a.data_ptr() == b.data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def empty_ones_forgotten(a, b):
    """Empty tensors compared like all others.

    The addresses of the storages are compared without a look at the number of elements. Storages without bytes all
    have the address 0, and an empty slice reads nothing of the storage it was cut from.

    Try:
        >>> shares_memory(torch.empty(0), torch.empty(0))
        True
    """
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def empty_storages_only(a, b):
    """Only storages without bytes taken for empty.

    Nothing is shared if the storage has no bytes, but an empty slice of a full storage passes as a reader of it. What
    counts is how many elements the tensor has.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x[:0])
        True
    """
    bases = a.untyped_storage(), b.untyped_storage()
    return bases[0].nbytes() > 0 and bases[0].data_ptr() == bases[1].data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def only_the_first_checked(a, b):
    """Only the first of the two checked for elements.

    The first tensor is refused when it is empty, the second is not. Either of the two may be the one that reads
    nothing.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x[:0], x), shares_memory(x, x[:0])
        (False, True)
    """
    return a.numel() > 0 and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def only_the_second_checked(a, b):
    """Only the second of the two checked for elements.

    The second tensor is refused when it is empty, the first is not. Either of the two may be the one that reads
    nothing.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x[:0], x), shares_memory(x, x[:0])
        (True, False)
    """
    return b.numel() > 0 and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


@mistake("shares_memory", caught_by="test_empty_tensors_share_nothing")
def both_must_be_empty(a, b):
    """Only pairs of empty tensors refused.

    The answer is False when neither of the two has an element. One tensor without elements is enough for that: it
    reads nothing that the other could share.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x[:0])
        True
    """
    return a.numel() + b.numel() > 0 and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


@mistake("shares_memory", caught_by="test_views_of_one_storage_share_memory")
def bases_and_empty_ones(a, b):
    """The bases of the two views compared, also of empty ones.

    A view remembers the tensor it was made from in _base, and only these are compared. detach makes a view that
    forgets its base, and an empty slice remembers a base of which it reads nothing.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x.detach(), x), shares_memory(x, x[:0])
        (False, True)
    """
    return (a if a._base is None else a._base) is (b if b._base is None else b._base)


@mistake("shares_memory", caught_by="test_views_of_one_storage_share_memory")
def bases_compared(a, b):
    """The bases of the two views compared.

    A view remembers the tensor it was made from in _base, and these are compared. detach makes a view that forgets
    its base, and a tensor made by hand over a storage never had one.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x.detach(), x)
        False
    """
    first = a if a._base is None else a._base
    second = b if b._base is None else b._base
    return a.numel() > 0 and b.numel() > 0 and first is second


@mistake("shares_memory", caught_by="test_views_of_one_storage_share_memory")
def ranges_compared(a, b):
    """Only what both of them read taken for shared.

    The ranges from the first to the last element are compared for an overlap. Two halves of one tensor have no
    element in common, and their storage is the same one.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x[:3], x[3:])
        False
    """
    if a.numel() == 0 or b.numel() == 0:
        return False
    ends = [t.data_ptr() + t.element_size() * (1 + _last_place(t)) for t in (a, b)]
    return a.data_ptr() < ends[1] and b.data_ptr() < ends[0]


def _last_place(tensor):
    return sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


@mistake("shares_memory", caught_by="test_a_copy_shares_nothing")
def values_compared(a, b):
    """Equal values taken for shared memory.

    The numbers of the two tensors are compared. Numbers can be equal in two places, and two halves of one storage
    hold different ones.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x.clone())
        True
    """
    return torch.equal(a, b)


@mistake("shares_memory", caught_by="test_views_of_one_storage_share_memory")
def same_object(a, b):
    """The same Python object asked for.

    Two names count as sharing only if they name one tensor object. A view is a new object over the old storage, and
    that is the very thing to be found.

    Try:
        >>> x = torch.arange(6.0)
        >>> shares_memory(x, x.view(2, 3))
        False
    """
    return a is b


@mistake("shares_memory", caught_by="test_inputs_are_left_alone")
def written_to_find_out(a, b):
    """A number written to one tensor to see whether the other follows.

    One element is changed and the other tensor is watched. That writes to the caller's data, and misses two slices
    that have no element in common.

    Try:
        >>> x = torch.zeros(6)
        >>> before = x._version
        >>> shares_memory(x, x[3:]), x._version - before
        (False, 2)
    """
    if a.numel() == 0 or b.numel() == 0:
        return False
    place, before = (0,) * a.dim(), b.clone()
    old = a[place].item()
    a[place] = old + 1
    moved = not torch.equal(before, b)
    a[place] = old
    return moved


@mistake("shares_memory", caught_by="test_inputs_are_left_alone")
def all_written_to_find_out(a, b):
    """One tensor filled to see whether the other follows.

    All elements of one tensor are changed and the other one is watched. That writes to the caller's data, misses two
    slices that have no element in common, and fails for an expanded tensor.

    Try:
        >>> x = torch.zeros(6)
        >>> before = x._version
        >>> shares_memory(x, x[3:]), x._version - before
        (True, 2)
    """
    if a.numel() == 0 or b.numel() == 0:
        return False
    old, before = a.clone(), b.clone()
    a.add_(1.0)
    moved = not torch.equal(before, b)
    a.copy_(old)
    return moved


@mistake("shares_memory", caught_by="test_a_copy_shares_nothing")
def sizes_of_the_storages(a, b):
    """Storages of one size taken for the same.

    The sizes of the two storages are compared. A copy has a storage of the same size, at another address.

    Try:
        >>> x = torch.zeros(6)
        >>> shares_memory(x, x.clone())
        True
    """
    if a.numel() == 0 or b.numel() == 0:
        return False
    return a.untyped_storage().nbytes() == b.untyped_storage().nbytes()


@mistake("three_views", caught_by="test_three_views_are_one_storage")
def three_copies(numbers):
    """Right values, but copies.

    The numbers are cloned first, or put together anew. The result looks the same and is cut off from the numbers:
    what is written to one no longer shows in the other.

    Try:
        >>> numbers = torch.zeros(18)
        >>> three_views(numbers)[0][0, 0] = 5.0
        >>> numbers[0]
        tensor(0.)
    """
    return right_views(numbers.clone())


@mistake("three_views", caught_by="test_three_views_of_a_slice")
def contiguous_first(numbers):
    """Contiguous called before view.

    The numbers are made contiguous first, and for a slice with a step that is a copy. Steady steps of any length can
    be viewed where they lie.

    Try:
        >>> every_other = torch.arange(36.0)[::2]
        >>> three_views(every_other)[0].data_ptr() == every_other.data_ptr()
        False
    """
    return right_views(numbers.contiguous())


@mistake("three_views", caught_by="test_three_views_hold_the_numbers_in_order")
def tall_by_transpose(numbers):
    """(9, 2) made by transposing (2, 9).

    The wide view is transposed to get the tall one. That has the right shape and reads the numbers in another order:
    down the columns of the wide one.

    Try:
        >>> three_views(torch.arange(18.0))[1][:2]
        tensor([[ 0.,  9.],
                [ 1., 10.]])
    """
    wide, _, deep = right_views(numbers)
    return wide, wide.T, deep


@mistake("three_views", caught_by="test_three_views_of_a_slice")
def strides_of_a_new_tensor(numbers):
    """Strides by hand that fit only a tensor without steps.

    as_strided is given the strides of a new contiguous tensor. A slice has a stride of its own, so the views read the
    numbers in between, which the slice skips.

    Try:
        >>> three_views(torch.arange(36.0)[::2])[0][0, :4]
        tensor([0., 1., 2., 3.])
    """
    return tuple(numbers.as_strided(shape, contiguous_strides(shape)) for shape in ((2, 9), (9, 2), (3, 3, 2)))


@mistake("three_views", caught_by="test_three_views_of_a_slice")
def views_from_the_start(numbers):
    """The start of the storage taken for the start of the slice.

    as_strided is given the offset 0, so that it begins at the first number of the storage. A slice that begins later
    has an offset, and as_strided keeps it when none is given.

    Try:
        >>> three_views(torch.arange(20.0)[2:])[0][0, :4]
        tensor([0., 1., 2., 3.])
    """
    views = right_views(numbers)
    return tuple(view.as_strided(view.shape, view.stride(), 0) for view in views)


@mistake("three_views", caught_by="test_gradients_flow_back")
def views_of_detached_numbers(numbers):
    """Views of the detached numbers.

    detach or data is called before view. The memory is the same, but the views have left the graph and no gradient
    comes back through them.

    Try:
        >>> three_views(torch.zeros(18, requires_grad=True))[0].requires_grad
        False
    """
    return right_views(numbers.detach())


@mistake("join_embeddings", caught_by="test_join_embeddings_refuses_to_copy")
def silent_copy(embeddings):
    """Reshape or flatten, which copy without a word.

    They give a view where there is one and a copy where there is none. The copy was to be refused, and only view
    raises.

    Try:
        >>> join_embeddings(torch.arange(12.0).view(3, 2, 2).transpose(0, 1))
        tensor([[ 0.,  1.,  4.,  5.,  8.,  9.],
                [ 2.,  3.,  6.,  7., 10., 11.]])
    """
    return embeddings.flatten(1)


@mistake("join_embeddings", caught_by="test_join_embeddings_is_a_view")
def joined_by_cat(embeddings):
    """The embeddings copied together with cat.

    cat always makes a new tensor and copies every number into it. The numbers of one sample already lie side by side
    and only have to be read as one row.

    Try:
        >>> x = torch.zeros(2, 3, 2)
        >>> join_embeddings(x).data_ptr() == x.data_ptr()
        False
    """
    return torch.cat(embeddings.unbind(1), dim=1)


@mistake("join_embeddings", caught_by="test_join_embeddings_is_a_view")
def contiguous_before_the_join(embeddings):
    """Contiguous called before view.

    contiguous copies whenever the numbers do not lie in order, so view never raises. A batch that skips samples is
    copied too, although each of its samples lies in one piece.

    Try:
        >>> x = torch.zeros(4, 3, 2)[::2]
        >>> join_embeddings(x).data_ptr() == x.data_ptr()
        False
    """
    return join_embeddings_of(embeddings.contiguous())


def join_embeddings_of(embeddings):
    """Return the rows as the reference joins them."""
    n, c, d = embeddings.shape
    return embeddings.view(n, c * d)


@mistake("join_embeddings", caught_by="test_join_embeddings_is_a_view")
def clone_of_the_view(embeddings):
    """A clone of the right view.

    view finds the rows without moving a number, and clone copies them all the same. The result no longer follows when
    the embeddings change.

    Try:
        >>> x = torch.zeros(1, 2, 2)
        >>> joined = join_embeddings(x)
        >>> x[0, 0, 0] = 5.0
        >>> joined
        tensor([[0., 0., 0., 0.]])
    """
    return join_embeddings_of(embeddings).clone()


@mistake("join_embeddings", caught_by="test_join_embeddings")
def minus_one_for_the_row(embeddings):
    """-1 for the length of a row.

    view is to find the second size by itself. In an empty batch there are no elements to divide up, so any size would
    do and view refuses to guess.

    Try:
        >>> join_embeddings(torch.zeros(0, 3, 2))
        Traceback (most recent call last):
        RuntimeError: cannot reshape tensor of 0 elements into shape [0, -1] because...
    """
    return embeddings.view(len(embeddings), -1)


@mistake("join_embeddings", caught_by="test_join_embeddings_refuses_to_copy")
def reshape_with_minus_one(embeddings):
    """Reshape with -1 for the length of a row.

    reshape copies where there is no view, which was to be refused. With -1 it also stops at an empty batch, where any
    length would fit.

    Try:
        >>> join_embeddings(torch.arange(4.0).view(1, 2, 2).transpose(1, 2))
        tensor([[0., 2., 1., 3.]])
    """
    return embeddings.reshape(len(embeddings), -1)


@mistake("join_embeddings", caught_by="test_join_embeddings")
def samples_joined(embeddings):
    """The samples joined instead of the embeddings.

    The first two axes become one, so every embedding has a row of its own. The batch axis has to stay, and the last
    two become one.

    Try:
        >>> join_embeddings(torch.zeros(4, 3, 2)).shape
        torch.Size([12, 2])
    """
    n, c, d = embeddings.shape
    return embeddings.view(n * c, d)


@mistake("join_embeddings", caught_by="test_join_embeddings")
def interleaved(embeddings):
    """The embeddings of a sample interleaved.

    The last two axes are swapped before they are joined. So the first numbers of all embeddings come first, and no
    embedding stands in one piece.

    Try:
        >>> join_embeddings(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[1., 3., 2., 4.]])
    """
    return embeddings.transpose(1, 2).flatten(1)


@mistake("join_embeddings", caught_by="test_join_embeddings")
def sizes_of_the_example(embeddings):
    """The sizes of the example written into the code.

    Rows of 6 numbers are asked for, because 3 embeddings of 2 numbers fill them. Other embeddings have other sizes,
    and all of them stand in the shape of the input.

    Try:
        >>> join_embeddings(torch.zeros(4, 3, 4)).shape
        torch.Size([8, 6])
    """
    return embeddings.view(-1, 6)


@mistake("join_embeddings", caught_by="test_join_embeddings")
def shape_of_the_example(embeddings):
    """The shape of the example written into the code.

    32 rows of 6 numbers are asked for, whatever the input is. All three sizes stand in its shape and differ from
    batch to batch.

    Try:
        >>> join_embeddings(torch.zeros(4, 3, 2))
        Traceback (most recent call last):
        RuntimeError: shape '[32, 6]' is invalid for input of size 24
    """
    return embeddings.view(32, 6)


@mistake("join_embeddings", caught_by="test_join_embeddings_is_a_view")
def batch_without_gaps(embeddings):
    """as_strided with the strides of a new tensor.

    The rows are taken to follow each other without gaps, and nothing is checked. A batch that skips samples, or one
    that was transposed, is then read in the wrong order and no error tells.

    Try:
        >>> join_embeddings(torch.arange(12.0).view(3, 2, 2)[::2])
        tensor([[0., 1., 2., 3.],
                [4., 5., 6., 7.]])
    """
    n, c, d = embeddings.shape
    return embeddings.as_strided((n, c * d), (c * d, 1))


@mistake("join_embeddings", caught_by="test_join_embeddings_refuses_to_copy")
def join_not_checked(embeddings):
    """as_strided without a check that the axes join.

    The strides of the first and the last axis are taken over, and the one in between is ignored. Where an embedding
    does not begin at the end of the one before, the row reads other numbers, and no error tells.

    Try:
        >>> join_embeddings(torch.arange(8.0).view(1, 4, 2)[:, ::2])
        tensor([[0., 1., 2., 3.]])
    """
    n, c, d = embeddings.shape
    return embeddings.as_strided((n, c * d), (embeddings.stride(0), embeddings.stride(2)))


@mistake("join_embeddings", caught_by="test_join_embeddings_is_a_view")
def contiguous_demanded(embeddings):
    """A contiguous tensor demanded.

    Whatever is not contiguous is refused. A batch that skips samples is not contiguous and still has a view, since
    only the axes that are joined have to go on from one to the next.

    Try:
        >>> join_embeddings(torch.zeros(4, 3, 2)[::2])
        Traceback (most recent call last):
        RuntimeError: the embeddings are not contiguous
    """
    if not embeddings.is_contiguous():
        raise RuntimeError("the embeddings are not contiguous")
    return join_embeddings_of(embeddings)


@mistake("join_embeddings", caught_by="test_gradients_flow_back")
def detached_rows(embeddings):
    """A view of the detached embeddings.

    detach or data is called on the way. The memory is shared, but the embeddings can no longer be trained: no
    gradient comes back to them.

    Try:
        >>> join_embeddings(torch.zeros(1, 2, 2, requires_grad=True)).requires_grad
        False
    """
    return join_embeddings_of(embeddings.detach())


@mistake("flatten_transpose", caught_by="test_flatten_transpose_of_a_small_matrix")
def view_of_the_transpose(matrix):
    """View right after the transpose.

    Transposing swaps the strides and moves nothing, so the two axes no longer join. view finds no steady step from
    one column to the next and raises.

    Try:
        >>> flatten_transpose(torch.zeros(2, 3))
        Traceback (most recent call last):
        RuntimeError: view size is not compatible with input tensor's size and stride...
    """
    return matrix.T.view(-1)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_of_a_small_matrix")
def clone_keeps_the_strides(matrix):
    """View after a clone that keeps the swapped strides.

    clone copies the numbers, but by default it gives the copy the strides of the transpose. So the axes of the copy
    don't join either, and view raises.

    Try:
        >>> torch.zeros(2, 3).T.clone().stride()
        (1, 3)
        >>> flatten_transpose(torch.zeros(2, 3))
        Traceback (most recent call last):
        RuntimeError: view size is not compatible with input tensor's size and stride...
    """
    return matrix.T.clone().view(-1)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_is_a_copy")
def copy_only_when_needed(matrix):
    """Reshape or flatten trusted to copy.

    They copy only where no view exists. For a single column, a single row or a transposed matrix there is one, and
    writing to the result then changes the matrix.

    Try:
        >>> column = torch.zeros(3, 1)
        >>> flatten_transpose(column)[0] = 5.0
        >>> column[0]
        tensor([5.])
    """
    return matrix.T.reshape(-1)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_is_a_copy")
def contiguous_trusted_to_copy(matrix):
    """Contiguous trusted to copy.

    It copies only what is not contiguous yet. The transpose of a transposed matrix is, so the result is a view, and
    writing to it changes the matrix.

    Try:
        >>> matrix = torch.zeros(2, 3).T
        >>> flatten_transpose(matrix)[0] = 5.0
        >>> matrix[0, 0]
        tensor(5.)
    """
    return matrix.T.contiguous().view(-1)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_of_a_small_matrix")
def row_by_row(matrix):
    """The matrix read row by row.

    The numbers are copied in the order of the rows, without a transpose. A change of the shape alone never changes
    the order of the numbers.

    Try:
        >>> flatten_transpose(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([1., 2., 3., 4.])
    """
    return matrix.flatten().clone()


@mistake("flatten_transpose", caught_by="test_flatten_transpose_of_a_small_matrix")
def flatten_alone(matrix):
    """Flatten or reshape, and nothing else.

    The numbers come in the order of the rows, since there is no transpose. And a contiguous matrix is not even
    copied, so that writing to the result changes it.

    Try:
        >>> matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> flat = flatten_transpose(matrix)
        >>> flat, flat.data_ptr() == matrix.data_ptr()
        (tensor([1., 2., 3., 4.]), True)
    """
    return matrix.reshape(-1)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_of_a_small_matrix")
def transposed_but_not_flat(matrix):
    """The transpose copied, but not flattened.

    The result has its own memory and still has two axes. The columns were to follow each other along one axis.

    Try:
        >>> flatten_transpose(torch.zeros(2, 3)).shape
        torch.Size([3, 2])
    """
    return matrix.T.clone(memory_format=torch.contiguous_format)


@mistake("flatten_transpose", caught_by="test_flatten_transpose_is_a_copy")
def copy_in_float32(matrix):
    """A new tensor of the default dtype.

    The columns are written to a tensor that is made without a word on its dtype, so it is float32. A float64 matrix
    loses half of its digits there.

    Try:
        >>> flatten_transpose(torch.zeros(2, 1, dtype=torch.float64))
        tensor([0., 0.])
    """
    return right_flatten(matrix).float()


@mistake("flatten_transpose", caught_by="test_gradients_flow_back")
def detached_columns(matrix):
    """A copy that has left the graph.

    The numbers are copied by detach, data or by way of a list. clone alone copies as well, and keeps the way back for
    the gradient.

    Try:
        >>> flatten_transpose(torch.zeros(2, 3, requires_grad=True)).requires_grad
        False
    """
    return right_flatten(matrix.detach())


@mistake("flatten_transpose", caught_by="test_flatten_transpose_is_a_copy")
def transposed_in_place(matrix):
    """The caller's matrix transposed.

    A name that ends in _ changes the tensor itself: after the call the matrix has other sizes and strides. T gives
    the same reading as a new tensor.

    Try:
        >>> matrix = torch.zeros(2, 3)
        >>> _ = flatten_transpose(matrix)
        >>> matrix.shape
        torch.Size([3, 2])
    """
    return matrix.t_().reshape(-1).clone()


@mistake("sliding_windows", caught_by="test_windows_are_a_view")
def windows_copied(sequence, width, step=1):
    """Right values, but copied.

    The windows are stacked, or picked out with a table of indices, and both copy every number once for each window.
    Overlapping windows can read the same number of one storage.

    Try:
        >>> x = torch.arange(4.0)
        >>> windows = sliding_windows(x, 2)
        >>> x[1] = 99.0
        >>> windows[0]
        tensor([0., 1.])
    """
    return right_windows(sequence, width, step).clone()


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def strides_of_one(sequence, width, step=1):
    """A stride of 1 taken for granted.

    as_strided is given the strides step and 1, which fit a sequence without gaps. A slice with a step has a stride of
    its own, and its windows then read the numbers in between.

    Try:
        >>> sliding_windows(torch.arange(8.0)[::2], 2)[0]
        tensor([0., 1.])
    """
    return right_windows(sequence, width, step).as_strided(((len(sequence) - width) // step + 1, width), (step, 1))


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def windows_from_the_start(sequence, width, step=1):
    """The start of the storage taken for the start of the sequence.

    as_strided is given the offset 0 and so begins at the first number of the storage. A slice begins later, and
    as_strided keeps that place when no offset is given.

    Try:
        >>> sliding_windows(torch.arange(8.0)[4:], 2)[0]
        tensor([0., 1.])
    """
    windows = right_windows(sequence, width, step)
    return windows.as_strided(windows.shape, windows.stride(), 0)


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def windows_of_a_new_tensor(sequence, width, step=1):
    """A stride of 1 and an offset of 0 taken for granted.

    as_strided is given the strides and the offset of a new tensor. A slice begins later in its storage, and one with a
    step skips numbers on the way.

    Try:
        >>> sliding_windows(torch.arange(8.0)[4::2], 2)
        tensor([[0., 1.]])
    """
    return right_windows(sequence, width, step).as_strided(
        ((len(sequence) - width) // step + 1, width), (step, 1), storage_offset=0
    )


@mistake("sliding_windows", caught_by="test_windows_of_five_numbers")
def last_window_lost(sequence, width, step=1):
    """The last window lost.

    The windows are counted as (n - width) // step, which is the number of steps between them. There is one window
    more than there are steps from one to the next.

    Try:
        >>> len(sliding_windows(torch.arange(5.0), 5))
        0
    """
    return right_windows(sequence, width, step)[:-1]


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def one_added_too_early(sequence, width, step=1):
    """The 1 added before the division.

    The windows are counted as (n - width + 1) // step. That is right for a step of 1 only, since the first window
    needs no step at all.

    Try:
        >>> len(sliding_windows(torch.arange(5.0), 5, 2))
        0
    """
    return right_windows(sequence, width, step)[: (len(sequence) - width + 1) // step]


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def windows_past_the_end(sequence, width, step=1):
    """A window for every start, also near the end.

    The windows are counted from the starts alone, without a look at the width. The last ones reach beyond the
    sequence, into whatever else its storage holds, and where it ends torch raises.

    Try:
        >>> sliding_windows(torch.arange(6.0)[:4], 3)[-1]
        tensor([3., 4., 5.])
    """
    _checked(len(sequence), width, step)
    stride = sequence.stride(0)
    return sequence.as_strided((len(sequence) // step, width), (step * stride, stride))


def _checked(n, width, step):
    if not 1 <= width <= n or step < 1:
        raise ValueError(f"width {width} and step {step} for {n} numbers")


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def count_without_the_step(sequence, width, step=1):
    """As many windows as if the step were 1.

    There are n - width + 1 windows when each starts one number after the other. With a longer step there is room for
    fewer, and the rest read past the end of the sequence.

    Try:
        >>> sliding_windows(torch.arange(12.0)[:5], 3, 2)[-1]
        tensor([4., 5., 6.])
    """
    _checked(len(sequence), width, step)
    stride = sequence.stride(0)
    return sequence.as_strided((len(sequence) - width + 1, width), (step * stride, stride))


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def step_ignored(sequence, width, step=1):
    """Windows one number apart, whatever the step.

    The step is checked and then not used, so there is a window at every place. Only every window that starts a
    multiple of step after the first was asked for.

    Try:
        >>> len(sliding_windows(torch.arange(5.0), 3, 2))
        3
    """
    _checked(len(sequence), width, step)
    return right_windows(sequence, width)


@mistake("sliding_windows", caught_by="test_windows_of_a_slice")
def step_inside_the_window(sequence, width, step=1):
    """The step taken inside the window.

    The two strides are swapped: one window steps over the numbers, and the next one starts beside it. The windows
    were to hold neighbours, with the step between one window and the next.

    Try:
        >>> sliding_windows(torch.arange(8.0), 2, 3)[0]
        tensor([0., 3.])
    """
    _checked(len(sequence), width, step)
    stride = sequence.stride(0)
    return sequence.as_strided(((len(sequence) - width) // step + 1, width), (stride, step * stride))


@mistake("sliding_windows", caught_by="test_windows_are_a_view")
def contiguous_sequence(sequence, width, step=1):
    """Contiguous called before the windows are made.

    The stride is made 1 by copying the sequence whenever it is a slice with a step. Its stride can be used as it is,
    so no copy is needed.

    Try:
        >>> x = torch.arange(8.0)[::2]
        >>> sliding_windows(x, 2).data_ptr() == x.data_ptr()
        False
    """
    return right_windows(sequence.contiguous(), width, step)


@mistake("sliding_windows", caught_by="test_gradients_flow_back")
def detached_windows(sequence, width, step=1):
    """Windows over the detached sequence.

    detach or data is called on the way. The windows read the right memory, but no gradient comes back through them.

    Try:
        >>> sliding_windows(torch.zeros(4, requires_grad=True), 2).requires_grad
        False
    """
    return right_windows(sequence.detach(), width, step)


@mistake("sliding_windows", caught_by="test_windows_out_of_range")
def unfold_alone(sequence, width, step=1):
    """Unfold without a check of its arguments.

    unfold raises a RuntimeError of its own for most of them, where a ValueError was asked for. And it accepts a width
    of 0.

    Try:
        >>> sliding_windows(torch.arange(5.0), 0).shape
        torch.Size([6, 0])
    """
    return sequence.unfold(0, width, step)


@mistake("sliding_windows", caught_by="test_windows_out_of_range")
def strides_unchecked(sequence, width, step=1):
    """as_strided without a check of the arguments.

    The sizes follow from width and step, whatever these are. A step of 0 becomes a division by zero, and a width or
    step out of range an empty result or an error that names neither.

    Try:
        >>> sliding_windows(torch.arange(5.0), 6).shape
        torch.Size([0, 6])
    """
    stride = sequence.stride(0)
    return sequence.as_strided(((len(sequence) - width) // step + 1, width), (step * stride, stride))


@mistake("sliding_windows", caught_by="test_windows_out_of_range")
def too_wide_accepted(sequence, width, step=1):
    """A width above the length accepted.

    Width and step are checked from below only. A window longer than the sequence has no place in it and must be
    refused.

    Try:
        >>> sliding_windows(torch.arange(5.0), 6).shape
        torch.Size([0, 6])
    """
    if width > len(sequence) and step >= 1:
        return sequence.new_empty(0, width)
    return right_windows(sequence, width, step)


@mistake("sliding_windows", caught_by="test_windows_out_of_range")
def width_unchecked(sequence, width, step=1):
    """The step checked, and the width not.

    A width below 1 or above the length goes on to as_strided. What comes out is an empty result, or an error that does
    not name the width.

    Try:
        >>> sliding_windows(torch.arange(5.0), 6).shape
        torch.Size([0, 6])
        >>> sliding_windows(torch.arange(5.0), 2, 0)
        Traceback (most recent call last):
        ValueError: step must be at least 1, not 0
    """
    if step < 1:
        return right_windows(sequence, width, step)
    stride = sequence.stride(0)
    return sequence.as_strided(((len(sequence) - width) // step + 1, width), (step * stride, stride))


@mistake("sliding_windows", caught_by="test_windows_out_of_range", noise=True)
def numbers_not_quoted(sequence, width, step=1):
    """An error that does not quote the number.

    A width or step out of range is refused, with words alone. Who passed it would like to see which number it was.

    Try:
        >>> sliding_windows(torch.arange(5.0), 6)
        Traceback (most recent call last):
        ValueError: out of range
    """
    if not 1 <= width <= len(sequence) or step < 1:
        raise ValueError("out of range")
    return right_windows(sequence, width, step)


@mistake("sliding_windows", caught_by="test_windows_out_of_range")
def zero_accepted(sequence, width, step=1):
    """Only negative numbers refused.

    The check lets a width of 0 through, which gives windows without numbers. Width and step both start at 1.

    Try:
        >>> sliding_windows(torch.arange(5.0), 0).shape
        torch.Size([6, 0])
    """
    return sequence.as_strided((6, 0), (1, 1)) if width == 0 else right_windows(sequence, width, step)


@mistake("sliding_windows", caught_by="test_the_widest_window_is_the_sequence")
def full_width_refused(sequence, width, step=1):
    """A window as long as the sequence refused.

    The check asks for a width below n. A width of n is the longest one that fits, and gives a single window.

    Try:
        >>> sliding_windows(torch.arange(3.0), 3)
        Traceback (most recent call last):
        ValueError: width 3 is out of range
    """
    if width >= len(sequence):
        raise ValueError(f"width {width} is out of range")
    return right_windows(sequence, width, step)


@mistake("can_view", caught_by="test_can_view")
def count_alone(sizes, strides, shape):
    """Only the number of elements compared.

    The strides are not looked at. As many elements are needed for every reshape; whether it is a view depends on how
    they lie.

    Try:
        >>> can_view((3, 2), (1, 3), (6,))
        True
    """
    return prod(sizes) == prod(shape)


@mistake("can_view", caught_by="test_can_view")
def contiguous_only(sizes, strides, shape):
    """Only contiguous tensors taken for viewable.

    The strides are compared with those of a new tensor. A contiguous tensor takes every shape, but others can be
    viewed too, when the axes that are joined go on from one to the next.

    Try:
        >>> can_view((6,), (2,), (2, 3))
        False
    """
    return prod(sizes) == prod(shape) and strides == contiguous_strides(sizes)


@mistake("can_view", caught_by="test_can_view")
def steady_steps_only(sizes, strides, shape):
    """Every axis asked to join its neighbour.

    A tensor counts as viewable only if it can be read with one steady step from end to end. Axes that stay apart in
    the new shape need not join.

    Try:
        >>> can_view((3, 4), (1, 3), (3, 2, 2))
        False
    """
    return right_can_view(sizes, strides, (prod(sizes),)) and prod(sizes) == prod(shape)


@mistake("can_view", caught_by="test_can_view_where_strides_do_not_matter")
def size_one_with_a_stride(sizes, strides, shape):
    """The stride of an axis of size 1 taken seriously.

    Axes of size 1 are compared like all others. Nobody steps along such an axis, so its stride may be anything and
    must not forbid a join.

    Try:
        >>> can_view((2, 1), (1, 99), (2,))
        False
    """
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    return _breaks(sizes, strides) <= _boundaries(shape)


@mistake("can_view", caught_by="test_can_view_where_strides_do_not_matter")
def size_one_between_others(sizes, strides, shape):
    """The stride of an axis of size 1 between two others taken seriously.

    Blocks of axes are joined from the right, and an axis of size 1 starts a new block where its stride does not fit.
    Nobody steps along it, so the axes on its two sides may join across it.

    Try:
        >>> can_view((2, 1, 3), (3, 99, 1), (6,)), can_view((2, 3, 1), (3, 1, 99), (6,))
        (False, True)
    """
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    return _breaks(sizes, strides) <= _boundaries(shape) | {1, prod(shape)}


def _breaks(sizes, strides):
    """Return the places where two axes don't join, each named by the number of elements to its right."""
    inside, found = 1, set()
    for (_, outer), (size, stride) in reversed(list(pairwise(zip(sizes, strides, strict=True)))):
        inside *= size
        if outer != size * stride:
            found.add(inside)
    return found


def _boundaries(shape):
    """Return the places between the axes of a shape, named in the same way."""
    return set(accumulate(reversed(shape), mul))


def _stepped(sizes, strides):
    """Return sizes and strides without the axes of size 1."""
    kept = [(size, stride) for size, stride in zip(sizes, strides, strict=True) if size != 1]
    return [size for size, _ in kept], [stride for _, stride in kept]


@mistake("can_view", caught_by="test_can_view_where_strides_do_not_matter")
def empty_with_strides(sizes, strides, shape):
    """The strides of an empty tensor compared.

    The rule for joining axes is applied to a tensor without elements. There is nowhere to step, so only the number of
    elements counts.

    Try:
        >>> can_view((2, 0, 3), (7, 99, 5), (0, 4))
        False
    """
    return prod(sizes) == prod(shape) and _breaks(*_stepped(sizes, strides)) <= _boundaries(shape)


@mistake("can_view", caught_by="test_can_view_where_strides_do_not_matter")
def empty_refused(sizes, strides, shape):
    """Empty tensors refused.

    A size of 0 is answered with False. Without elements no step can be wrong, so any shape that has no elements
    either is a view.

    Try:
        >>> can_view((0, 3), (3, 1), (0, 4))
        False
    """
    return 0 not in sizes and right_can_view(sizes, strides, shape)


@mistake("can_view", caught_by="test_can_view_agrees_with_torch")
def empty_as_anything(sizes, strides, shape):
    """An empty tensor taken for viewable as any shape.

    A size of 0 is answered with True before the elements are counted. Without elements the new shape must not have
    any either.

    Try:
        >>> can_view((0, 3), (3, 1), (2, 3))
        True
    """
    return 0 in sizes or right_can_view(sizes, strides, shape)


@mistake("can_view", caught_by="test_can_view")
def falling_strides(sizes, strides, shape):
    """Falling strides taken for joined axes.

    The answer is True whenever no stride is smaller than the next one. That rules out a transpose, but not a gap: the
    outer step must go on exactly where the inner axis ends.

    Try:
        >>> can_view((2, 3), (5, 1), (6,))
        True
    """
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    places = [(outer, inner) for outer, inner in pairwise(_stepped(sizes, strides)[1])]
    return all(outer >= inner for outer, inner in places)


@mistake("can_view", caught_by="test_can_view_agrees_with_torch")
def outer_size_multiplied(sizes, strides, shape):
    """The outer size used where the inner one belongs.

    The stride of an axis is compared with its own size times the stride of the next. How far the inner axis reaches
    is the inner size times the inner stride.

    Try:
        >>> can_view((2, 3), (3, 1), (6,))
        False
    """
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    sizes, strides = _stepped(sizes, strides)
    inside, found = 1, set()
    for (outer_size, outer), (size, stride) in reversed(list(pairwise(zip(sizes, strides, strict=True)))):
        inside *= size
        if outer != outer_size * stride:
            found.add(inside)
    return found <= _boundaries(shape)


@mistake("can_view", caught_by="test_can_view")
def last_stride_one(sizes, strides, shape):
    """A last stride of 1 demanded.

    The innermost axis is asked to step from one element to the next one in the storage. Steady steps of any length
    can be viewed, those of every other number too.

    Try:
        >>> can_view((6,), (2,), (2, 3))
        False
    """
    kept = _stepped(sizes, strides)[1]
    return right_can_view(sizes, strides, shape) and (0 in sizes or not kept or kept[-1] == 1)


@mistake("can_view", caught_by="test_can_view")
def expanded_refused(sizes, strides, shape):
    """A stride of 0 never viewed.

    Any axis that repeats its elements is answered with False. The rule for joining holds for a stride of 0 as for any
    other, and such an axis can also be split or left alone.

    Try:
        >>> can_view((2, 3), (0, 1), (2, 3))
        False
    """
    return right_can_view(sizes, strides, shape) and (0 in sizes or 0 not in _stepped(sizes, strides)[1])


@mistake("can_view", caught_by="test_can_view_agrees_with_torch")
def counted_from_the_left(sizes, strides, shape):
    """Boundaries of the new shape counted from the wrong end.

    The breaks of the old axes are named by the elements to their right, the boundaries of the new shape by those to
    their left. Only names from the same end can be compared.

    Try:
        >>> can_view((2, 3), (9, 1), (2, 3)), can_view((2, 3), (9, 1), (3, 2))
        (False, True)
    """
    if prod(sizes) != prod(shape) or 0 in sizes:
        return prod(sizes) == prod(shape)
    return _breaks(*_stepped(sizes, strides)) <= set(accumulate(shape, mul))


@mistake("can_view", caught_by="test_can_view_needs_no_tensor")
def joined_in_floats(sizes, strides, shape):
    """The strides compared as floats.

    A division makes floats of sizes and strides, and a float holds 53 bits. Two strides that differ by 1 beyond that
    look equal.

    Try:
        >>> can_view((2, 2**60), (2**60 + 1, 1), (2**61,))
        True
    """
    return right_can_view(sizes, tuple(map(float, strides)), shape)


@mistake("can_view", caught_by="test_can_view_needs_no_tensor", forbidden=True)
def tried_on_a_tensor(sizes, strides, shape):
    """A tensor tried instead of the strides compared.

    A tensor is laid out with these sizes and strides, and view is called on it. That is to ask for the answer and not
    to decide it, and sizes beyond int64 can't be laid out at all.

    Try:
        >>> can_view((2**70,), (1,), (2**35, 2**35))
        False
    """
    try:
        torch.empty_strided(sizes, strides, device="meta").view(shape)
    except (RuntimeError, TypeError, OverflowError):
        return False
    return True
