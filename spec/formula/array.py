"""Arrays of exact numbers: scalars, vectors and matrices, and the operations that formulas are made of.

A vector is a column on paper (`w^T x`, `X^T t`) and one-dimensional in NumPy (`w @ x`, `w.T`); which is meant is seen
from the operator, so both notations share one kind of vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from spec.formula import number as n
from spec.formula.number import Number, Undefined

MAX_NUMBERS = 400
MAX_ENTRIES = 30  # of a vector that is written out
MAX_WORK = 4_000_000  # bits in an inverse, over all the sums that it takes


class Misshapen(Exception):
    """Arrays whose shapes do not go together, such as the product of two columns."""


@dataclass(frozen=True)
class Array:
    """Numbers in rows.

    Shapes:  `shape` is (), (k,) or (rows, columns); `numbers` has as many, row after row.
    Edges:   `eye` marks the identity, times a number, of a size that the context decides.
    """

    shape: tuple[int, ...]
    numbers: tuple[Number, ...]
    eye: bool = False

    @property
    def size(self) -> int:
        return len(self.numbers)

    def row(self, i: int) -> Array:
        """Component i of a vector, or row i of a matrix as a vector."""
        width = self.size // self.shape[0]
        return Array(self.shape[1:], self.numbers[i * width : (i + 1) * width])


def scalar(x: Number | int) -> Array:
    """A single number."""
    return Array((), (Fraction(x) if isinstance(x, int) else x,))


def vector(numbers: Iterable[Number | int]) -> Array:
    """A vector."""
    entries = tuple(Fraction(x) if isinstance(x, int) else x for x in numbers)
    return Array((len(entries),), entries)


def matrix(rows: Sequence[Sequence[Number | int]]) -> Array:
    """A matrix, from its rows."""
    entries = tuple(Fraction(x) if isinstance(x, int) else x for row in rows for x in row)
    return Array((len(rows), len(rows[0])), entries)


def identity(size: int) -> Array:
    """The identity matrix of a known size."""
    return matrix([[int(i == j) for j in range(size)] for i in range(size)])


def in_words(a: Array) -> str:
    """The shape of an array, as a student would say it."""
    if a.eye:
        return "a multiple of I"
    if a.shape == ():
        return "a number"
    if len(a.shape) == 1:
        return f"a vector of {a.shape[0]}"
    if a.shape[0] == 1:
        return f"a row of {a.shape[1]}"
    return f"a {a.shape[0]} by {a.shape[1]} matrix"


def squeezed(a: Array) -> Array:
    """A single number without axes; a column as a vector."""
    if a.size == 1 and not a.eye:
        return Array((), a.numbers)
    return Array(a.shape[:1], a.numbers) if len(a.shape) == 2 and a.shape[1] == 1 else a


def elementwise(f: Callable[..., Number], *arrays: Array) -> Array:
    """F of the entries; a single number goes with any array.

    Raises:  Misshapen for different shapes.
    """
    shape = max((a.shape for a in arrays), key=len)  # of single numbers, that which NumPy would give
    arrays = tuple(squeezed(a) for a in arrays)
    shapes = {a.shape for a in arrays if a.shape}
    if len(shapes) > 1:
        raise Misshapen(" and ".join(in_words(a) for a in arrays) + " do not go together entry by entry")
    shape = shapes.pop() if shapes else shape
    size = max(a.size for a in arrays)
    columns = [a.numbers * size if a.size == 1 else a.numbers for a in arrays]
    return Array(shape, tuple(f(*entries) for entries in zip(*columns, strict=True)))


def add(a: Array, b: Array) -> Array:
    """The sum; I takes the size of the matrix that it is added to.

    Raises:  Misshapen, also for a number added to an array: on paper that means nothing.
    """
    if a.shape == b.shape == () and a.eye == b.eye:
        return Array((), (n.add(a.numbers[0], b.numbers[0]),), a.eye)
    if a.eye or b.eye:
        other, eye = (b, a) if a.eye else (a, b)
        if other.size == 1:
            return Array(other.shape, (n.add(other.numbers[0], eye.numbers[0]),))
        if len(other.shape) != 2 or other.shape[0] != other.shape[1]:
            raise Misshapen(f"{in_words(other)} cannot be added to {in_words(eye)}")
        return add(other, scaled(eye.numbers[0], identity(other.shape[0])))
    if squeezed(a).shape != squeezed(b).shape:
        raise Misshapen(f"{in_words(a)} and {in_words(b)} cannot be added")
    return elementwise(n.add, a, b)


def scaled(x: Number, a: Array) -> Array:
    """A number times an array."""
    return Array(a.shape, tuple(n.multiply(x, y) for y in a.numbers), a.eye)


def multiply(a: Array, b: Array) -> Array:
    """The product on paper: numbers scale, matrices multiply, a vector is a column.

    Raises:  Misshapen where the inner sizes differ, as those of two columns do.
    """
    if a.shape == b.shape == ():
        return Array((), (n.multiply(a.numbers[0], b.numbers[0]),), a.eye or b.eye)
    for one, other in ((a, b), (b, a)):
        if one.eye or one.shape == ():
            product = scaled(one.numbers[0], other)
            return Array(product.shape, product.numbers, other.eye)
    if (a.shape[1] if len(a.shape) == 2 else 1) != b.shape[0]:
        for one, other in ((a, b), (b, a)):
            if one.size == 1:
                return scaled(one.numbers[0], other)
        hint = "; one of two columns has to be transposed" if len(a.shape) == len(b.shape) == 1 else ""
        raise Misshapen(f"{in_words(a)} times {in_words(b)} has no value{hint}")
    return _product(a, b)


def _product(a: Array, b: Array) -> Array:
    rows, inner = a.shape if len(a.shape) == 2 else (a.size, 1)
    columns = b.shape[1] if len(b.shape) == 2 else 1
    out = []
    for i in range(rows):
        for j in range(columns):
            total: Number = Fraction(0)
            for k in range(inner):
                total = n.add(total, n.multiply(a.numbers[i * inner + k], b.numbers[k * columns + j]))
            out.append(total)
    return Array((rows,), tuple(out)) if len(b.shape) == 1 else Array((rows, columns), tuple(out))


def matmul(a: Array, b: Array) -> Array:
    """NumPy's `@`: between vectors the dot product; `w @ X` is `X.T @ w`.

    Raises:  Misshapen where the inner sizes differ, and for numbers, which NumPy refuses.
    """
    if a.eye or b.eye:
        return multiply(a, b)
    if not a.shape or not b.shape:
        if a.size == b.size == 1:
            return multiply(a, b)
        raise Misshapen(f"@ is for vectors and matrices; got {in_words(a)} and {in_words(b)}")
    left = Array((1, a.size), a.numbers) if len(a.shape) == 1 else a
    if left.shape[1] != b.shape[0]:
        raise Misshapen(f"{in_words(a)} @ {in_words(b)} has no value")
    product = _product(left, b)
    return Array(product.shape[1:], product.numbers) if len(a.shape) == 1 else product


def dot(a: Array, b: Array) -> Array:
    """The dot product of two vectors, else the product."""
    a, b = squeezed(a), squeezed(b)
    return matmul(a, b) if len(a.shape) == len(b.shape) == 1 else multiply(a, b)


def transpose(a: Array) -> Array:
    """The transpose on paper: of a vector, a row."""
    if len(a.shape) == 1:
        return Array((1, a.size), a.numbers)
    return turn(a)


def turn(a: Array) -> Array:
    """NumPy's `.T`: a vector stays as it is."""
    if len(a.shape) < 2:
        return a
    rows, columns = a.shape
    turned = tuple(a.numbers[i * columns + j] for j in range(columns) for i in range(rows))
    return Array((columns, rows), turned)


def inverse(a: Array) -> Array:
    """The inverse, by Gauss and Jordan.

    Raises:  Misshapen for what is not square, Undefined for what has no inverse.
    """
    if a.size == 1:
        return Array(a.shape, (n.divide(Fraction(1), a.numbers[0]),), a.eye)
    if len(a.shape) != 2 or a.shape[0] != a.shape[1]:
        raise Misshapen(f"{in_words(a)} has no inverse")
    size = a.shape[0]
    if size**3 * max(n.bits(x) for x in a.numbers) > MAX_WORK:
        raise n.TooLarge("the numbers in this inverse are too long to be worked out")
    rows = [[*a.numbers[i * size : (i + 1) * size], *identity(size).row(i).numbers] for i in range(size)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: n.magnitude(rows[k][i]))
        if rows[pivot][i] == 0:
            raise Undefined("a matrix that has no inverse")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [n.divide(x, rows[i][i]) for x in rows[i]]
        for k in range(size):
            if k != i and rows[k][i] != 0:
                factor = rows[k][i]
                rows[k] = [n.add(x, n.multiply(n.negative(factor), y)) for x, y in zip(rows[k], rows[i], strict=True)]
    return matrix([row[size:] for row in rows])


def pseudo_inverse(a: Array) -> Array:
    """The pseudo-inverse of a matrix that has full rank.

    Raises:  TooLarge for one that has not: its pseudo-inverse is not worked out here.
    """
    tall = len(a.shape) < 2 or a.shape[0] >= a.shape[1]
    gram = multiply(transpose(a), a) if tall else multiply(a, transpose(a))
    try:
        return multiply(inverse(gram), transpose(a)) if tall else multiply(transpose(a), inverse(gram))
    except Undefined as error:
        raise n.TooLarge("the pseudo-inverse of a matrix without full rank is not worked out") from error


def power(a: Array, exponent: Array) -> Array:
    """A number to a power; of a square matrix, whole powers from -1 to 4; the square of a vector is w^T w, as on paper.

    Raises:  Misshapen for what has no powers, Undefined as `number.power`.
    """
    exponent, a = squeezed(exponent), squeezed(a)
    if exponent.shape or exponent.eye:
        raise Misshapen(f"an exponent is a number, got {in_words(exponent)}")
    if a.shape == () and not a.eye:
        return scalar(n.power(a.numbers[0], exponent.numbers[0]))
    times = exponent.numbers[0]
    if len(a.shape) == 1 and times == 2:
        return norm_squared(a)
    if len(a.shape) == 1 or times not in range(-1, 5):
        raise Misshapen(f"{in_words(a)} has no power {times}")
    if times == -1:
        return inverse(a)
    result = Array((), (Fraction(1),), eye=True)
    for _ in range(int(times)):
        result = multiply(result, a)
    return result


def norm(a: Array, p: str) -> Array:
    """The 1, 2 or infinity norm of a vector, the Frobenius norm of a matrix."""
    magnitudes = [n.magnitude(x) for x in a.numbers]
    if p == "2":
        return scalar(n.root(norm_squared(a).numbers[0]))
    if len(a.shape) == 2 and min(a.shape) > 1:
        raise Misshapen(f"the norm {p} of a matrix is not read here")
    if p == "inf":
        return scalar(max(magnitudes))
    return scalar(_total(magnitudes))


def norm_squared(a: Array) -> Array:
    """The sum of the squares of the entries."""
    return scalar(_total([n.multiply(x, x) for x in a.numbers]))


def total(a: Array) -> Array:
    """The sum of the entries."""
    return scalar(_total(a.numbers))


def trace(a: Array) -> Array:
    """The sum of the diagonal of a square matrix."""
    if a.size == 1:
        return squeezed(a)
    if len(a.shape) != 2 or a.shape[0] != a.shape[1]:
        raise Misshapen(f"{in_words(a)} has no trace")
    return scalar(_total(a.numbers[:: a.shape[0] + 1]))


def _total(numbers: Iterable[Number]) -> Number:
    result: Number = Fraction(0)
    for x in numbers:
        result = n.add(result, x)
    return result
