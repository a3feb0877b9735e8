# Made by tools/translate_kernels.py from minpack/functions: not to be changed by hand.
# ruff: noqa
# mypy: ignore-errors
"""The kernels of the elementary functions, which emit instructions for numba."""

from .emit import INF, Table, bits_of, choose, double, double_of, pair_of, root, shift_right, uint64_t

ROUND = 0x18 * 2.0**48


EXP = Table("EXP", double)

EXP3 = Table("EXP3", double)

LN2 = Table("LN2", double)

INVLN2 = Table("INVLN2", double)

LN2_TWO = Table("LN2_TWO", double)

SINH = Table("SINH", double)

LOG = Table("LOG", double)

INVLN10 = Table("INVLN10", double)

LOG10_2 = Table("LOG10_2", double)

POWER_INVERSE = Table("POWER_INVERSE", double)

POWER_HIGH = Table("POWER_HIGH", double)

POWER_LOW = Table("POWER_LOW", double)

POWER = Table("POWER", double)

SIN = Table("SIN", double)

COS = Table("COS", double)

HALFPI = Table("HALFPI", double)

HALFPI_TWO = Table("HALFPI_TWO", double)

PI_TWO = Table("PI_TWO", double)

TWO_OVER_PI = Table("TWO_OVER_PI", double)

ATAN = Table("ATAN", double)

ATAN_HIGH = Table("ATAN_HIGH", double)

ATAN_LOW = Table("ATAN_LOW", double)

CBRT = Table("CBRT", double)

CBRT_TWO = Table("CBRT_TWO", double)

ERF = Table("ERF", double)

ERFCX = Table("ERFCX", double)

STIRLING = Table("STIRLING", double)

LGAMMA = Table("LGAMMA", double)

LGAMMA_CONSTANTS = Table("LGAMMA_CONSTANTS", double)

VOIGT_TW = Table("VOIGT_TW", double)

VOIGT_MW = Table("VOIGT_MW", double)

SQRT2_TWO = Table("SQRT2_TWO", double)

VOIGT_STEP = Table("VOIGT_STEP", double)

WORDS = Table("WORDS", uint64_t)

def magnitude(x):
    return double_of(bits_of(x) & 0x7fffffffffffffff)

def with_sign(size, sign):
    return double_of(bits_of(size) | (bits_of(sign) & 0x8000000000000000))

def canonical(x):
    return choose(x == x, x, double_of(0x7ff8000000000000))

def head(x):
    return double_of(bits_of(x) & 0xfffffffff8000000)

def quick_sum(a, b):
    s = a + b
    return pair_of(s, b - (s - a))

def two_sum(a, b):
    s = a + b
    v = s - a
    return pair_of(s, (a - (s - v)) + (b - v))

def two_product(a, b):
    p = a * b
    ah = head(a)
    bh = head(b)
    al = a - ah
    bl = b - bh
    return pair_of(p, (((ah * bh - p) + ah * bl) + al * bh) + al * bl)

def quotient(a, al, b, bl):
    q = a / b
    p = two_product(q, b)
    rest = (((a - p.hi) - p.lo) + al) - q * bl
    return quick_sum(q, rest / b)

def divided(a, al, b, bl):
    q = quotient(a, al, b, bl)
    return q.hi + q.lo

def scaled(y, k):
    whole = bits_of(k + (ROUND + 4096.0))
    half = shift_right(whole, 1)
    a = double_of((half << 52) + 0x3ff0000000000000)
    b = double_of(((whole - half) << 52) + 0x3ff0000000000000)
    return (y * a) * b

def exp_tail(r):
    z = r * r
    z2 = z * z
    a = (EXP[0] + EXP[1] * r) + z * (EXP[2] + EXP[3] * r)
    b = (EXP[4] + EXP[5] * r) + z * (EXP[6] + EXP[7] * r)
    c = (EXP[8] + EXP[9] * r) + z * EXP[10]
    return z * (a + z2 * (b + z2 * c))

def exp_power(x):
    return (x * INVLN2[0] + ROUND) - ROUND

def exp_reduced(x, xl, k):
    high = x - k * LN2[0]
    low = k * LN2[1]
    r = high - low
    return pair_of(r, ((high - r) - low) + xl)

def exp_sum(r, rl):
    y = 1.0 + r
    return pair_of(y, (r - (y - 1.0)) + (rl + exp_tail(r)))

def exp_kernel(x):
    low = choose(x < -750.0, -750.0, x)
    inside = choose(low > 720.0, 720.0, low)
    k = exp_power(inside)
    r = exp_reduced(inside, -0.0, k)
    y = exp_sum(r.hi, r.lo)
    return canonical(scaled(y.hi + y.lo, k))

def exp_offset(x):
    return bits_of(x * INVLN2[0] + ROUND) - 0x4337fffffffffe00

def exp_inside(x):
    whole = x * INVLN2[0] + ROUND
    r = exp_reduced(x, -0.0, whole - ROUND)
    y = exp_sum(r.hi, r.lo)
    return double_of(bits_of(y.hi + y.lo) + (bits_of(whole) << 52))

def exp_precise(r, rl):
    z = r * r
    z2 = z * z
    a = (EXP3[0] + EXP3[1] * r) + z * (EXP3[2] + EXP3[3] * r)
    b = (EXP3[4] + EXP3[5] * r) + z * (EXP3[6] + EXP3[7] * r)
    c = (EXP3[8] + EXP3[9] * r) + z * EXP3[10]
    rh = head(r)
    square = (0.5 * rh) * rh
    square_low = (0.5 * (r - rh)) * (r + rh)
    y = quick_sum(r, square)
    return quick_sum(y.hi, (z * r) * (a + z2 * (b + z2 * c)) + (y.lo + (square_low + (rl + r * rl))))

def exp_pair(x, xl, k):
    rest = exp_reduced(x, xl, k)
    r = quick_sum(rest.hi, rest.lo)
    p = exp_precise(r.hi, r.lo)
    y = quick_sum(1.0, p.hi)
    return quick_sum(y.hi, y.lo + p.lo)

def expm1_scaled(p, pl, k):
    s = double_of((bits_of(k + ROUND) << 52) + 0x3ff0000000000000)
    t = s - 1.0
    y = two_sum(t, s * p)
    return quick_sum(y.hi, (y.lo + ((s - t) - 1.0)) + s * pl)

def expm1_pair(x):
    k = exp_power(x)
    r = exp_reduced(x, -0.0, k)
    p = exp_precise(r.hi, r.lo)
    return expm1_scaled(p.hi, p.lo, k)

def expm1_kernel(x):
    low = choose(x < -40.0, -40.0, x)
    inside = choose(low > 720.0, 720.0, low)
    k = exp_power(inside)
    r = exp_reduced(inside, -0.0, k)
    p = exp_precise(r.hi, r.lo)
    less = choose(k > 1000.0, 64.0, 0.0)
    y = expm1_scaled(p.hi, p.lo, k - less)
    result = (y.hi + y.lo) * choose(k > 1000.0, 1.8446744073709552e+19, 1.0)
    return canonical(choose(magnitude(x) < 5.551115123125783e-17, x, result))

def tanh_kernel(x):
    size = magnitude(x)
    inside = choose(size > 20.0, 20.0, size)
    e = expm1_pair(2.0 * inside)
    d = two_sum(e.hi, 2.0)
    y = divided(e.hi, e.lo, d.hi, d.lo + e.lo)
    result = choose(size > 20.0, 1.0, y)
    return canonical(with_sign(choose(size < 3.725290298461914e-09, size, result), x))

def log_bits(x):
    return bits_of(x) + 0x95f6200000000

def log_power(t):
    return double_of(shift_right(t, 52) | 0x4330000000000000) - 4503599627371519.0

def log_mantissa(t):
    return double_of((t & 0xfffffffffffff) + 0x3fe6a09e00000000)

def log_rest(s):
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    a = (LOG[0] + LOG[1] * z) + z2 * (LOG[2] + LOG[3] * z)
    b = (LOG[4] + LOG[5] * z) + z2 * (LOG[6] + LOG[7] * z)
    return z * (a + z4 * b)

def log_sum(f, fl):
    fh = head(f)
    square = (0.5 * fh) * fh
    square_low = (0.5 * (f - fh)) * (f + fh)
    s = f / (2.0 + f)
    y = f - square
    rounding = ((f - y) - square) - square_low
    return pair_of(y, s * ((square + square_low) + log_rest(s)) + (rounding + fl))

def log_with_power(k, y, yl):
    sum = quick_sum(k * LN2[0], y)
    return pair_of(sum.hi, yl + (k * LN2[1] + sum.lo))

def log_special(x, result):
    large = choose(x < INF, result, x)
    positive = choose(x > 0.0, large, double_of(0x7ff8000000000000))
    return canonical(choose(x == 0.0, -INF, positive))

def log_kernel(x):
    up = choose(x < 2.2250738585072014e-308, x * 1.8014398509481984e+16, x)
    t = log_bits(up)
    k = log_power(t) - choose(x < 2.2250738585072014e-308, 54.0, 0.0)
    y = log_sum(log_mantissa(t) - 1.0, 0.0)
    sum = log_with_power(k, y.hi, y.lo)
    return log_special(x, sum.hi + sum.lo)

def log_offset(x):
    return bits_of(x) - 0x2000000000000000

def log_inside(x):
    t = log_bits(x)
    y = log_sum(log_mantissa(t) - 1.0, 0.0)
    sum = log_with_power(log_power(t), y.hi, y.lo)
    return sum.hi + sum.lo

def log1p_pair(u, ul):
    v = two_sum(1.0, u)
    t = log_bits(v.hi)
    k = log_power(t)
    down = double_of(0x7fe0000000000000 - (t & 0x7ff0000000000000))
    low = choose(u < 1.152921504606847e+18, (v.lo + ul) * down, 0.0)
    f = log_mantissa(t) - 1.0
    g = two_sum(f, low)
    y = log_sum(g.hi, g.lo / (1.0 + g.hi))
    return log_with_power(k, y.hi, y.lo)

def log1p_kernel(x):
    sum = log1p_pair(x, 0.0)
    result = log_special(1.0 + x, sum.hi + sum.lo)
    return choose(magnitude(x) < 5.551115123125783e-17, x, result)

def log_pair(x):
    up = choose(x < 2.2250738585072014e-308, x * 1.8014398509481984e+16, x)
    t = log_bits(up)
    k = log_power(t) - choose(x < 2.2250738585072014e-308, 54.0, 0.0)
    m = log_mantissa(t)
    i = shift_right(t, 45) & 127
    c = POWER_INVERSE[i]
    mh = head(m)
    r = two_sum(mh * c - 1.0, (m - mh) * c)
    rh = head(r.hi)
    square = (0.5 * rh) * rh
    square_low = (0.5 * (r.hi - rh)) * (r.hi + rh)
    z = r.hi * r.hi
    a = (POWER[0] + POWER[1] * r.hi) + z * (POWER[2] + POWER[3] * r.hi)
    p = a + (z * z) * ((POWER[4] + POWER[5] * r.hi) + z * POWER[6])
    sum = two_sum(k * LN2[0] + POWER_HIGH[i], r.hi)
    y = quick_sum(sum.hi, -square)
    low = (k * LN2[1] + POWER_LOW[i]) + (r.lo - r.lo * r.hi)
    return quick_sum(y.hi, (z * r.hi) * p + ((sum.lo + y.lo) + (low - square_low)))

def power_rounded(size):
    return (size + 4503599627370496.0) - 4503599627370496.0

def power_special(x, y, result):
    size = magnitude(x)
    ysize = magnitude(y)
    half = 0.5 * ysize
    whole = (ysize >= 4503599627370496.0) | (power_rounded(ysize) == ysize)
    odd = whole & (ysize < 9007199254740992.0) & (power_rounded(half) != half)
    of_infinity = choose(y > 0.0, INF, 0.0)
    of_zero = choose(y > 0.0, 0.0, INF)
    of_one = choose(size == 1.0, 1.0, choose(size > 1.0, of_infinity, of_zero))
    a = choose(size == INF, of_infinity, result)
    b = choose(size == 0.0, of_zero, a)
    c = choose(ysize == INF, of_one, b)
    signed_ = choose(odd, with_sign(c, x), c)
    undefined = (x < 0.0) & (size < INF) & (ysize < INF)
    d = choose(undefined, choose(whole, signed_, double_of(0x7ff8000000000000)), signed_)
    e = choose((x == x) & (y == y), d, double_of(0x7ff8000000000000))
    return canonical(choose((x == 1.0) | (y == 0.0), 1.0, e))

def power_kernel(x, y):
    log = log_pair(magnitude(x))
    low = choose(y < -1.2089258196146292e+24, -1.2089258196146292e+24, y)
    factor = choose(low > 1.2089258196146292e+24, 1.2089258196146292e+24, low)
    p = two_product(factor, log.hi)
    tail = p.lo + factor * log.lo
    above = choose(p.hi < -750.0, -750.0, p.hi)
    inside = choose(above > 720.0, 720.0, above)
    k = exp_power(inside)
    rest = exp_reduced(inside, choose(inside == p.hi, tail, 0.0), k)
    r = quick_sum(rest.hi, rest.lo)
    e = exp_sum(r.hi, r.lo + r.hi * r.lo)
    return power_special(x, y, scaled(e.hi + e.lo, k))

TRIGONOMETRIC_LIMIT = 1638400.0

def quadrant(x):
    return x * TWO_OVER_PI[0] + ROUND

def reduced(x, k):
    a = quick_sum(x - k * HALFPI[0], -(k * HALFPI[1]))
    b = quick_sum(a.hi, -(k * HALFPI[2]))
    return quick_sum(b.hi, (a.lo + b.lo) - k * HALFPI[3])

def sin_tail(r, rl):
    z = r * r
    z2 = z * z
    s = (SIN[0] + SIN[1] * z) + z2 * ((SIN[2] + SIN[3] * z) + z2 * (SIN[4] + SIN[5] * z))
    return (r * z) * s + (rl - (0.5 * z) * rl)

def sin_tail_for_tan(r, rl):
    z = two_product(r, r)
    p = two_product(r, z.hi)
    z2 = z.hi * z.hi
    s = (SIN[0] + SIN[1] * z.hi) + z2 * ((SIN[2] + SIN[3] * z.hi) + z2 * (SIN[4] + SIN[5] * z.hi))
    return p.hi * s + ((p.lo + r * z.lo) * s + (rl - (0.5 * z.hi) * rl))

def cos_sum(r, rl):
    z = r * r
    z2 = z * z
    c = (COS[0] + COS[1] * z) + z2 * ((COS[2] + COS[3] * z) + z2 * (COS[4] + COS[5] * z))
    rh = head(r)
    square = (0.5 * rh) * rh
    square_low = (0.5 * (r - rh)) * (r + rh)
    y = 1.0 - square
    return pair_of(y, (((1.0 - y) - square) - square_low) + (z2 * c - r * rl))

def sin_pair_in_quadrant(r, rl, q):
    c = cos_sum(r, rl)
    odd = (q & 1) == 1
    y = quick_sum(choose(odd, c.hi, r), choose(odd, c.lo, sin_tail(r, rl)))
    sign = (q & 2) << 62
    return pair_of(double_of(bits_of(y.hi) ^ sign), double_of(bits_of(y.lo) ^ sign))

def sin_in_quadrant(r, rl, q):
    c = cos_sum(r, rl)
    odd = (q & 1) == 1
    y = choose(odd, c.hi, r) + choose(odd, c.lo, sin_tail(r, rl))
    return double_of(bits_of(y) ^ ((q & 2) << 62))

def tan_in_quadrant(r, rl, q):
    c = cos_sum(r, rl)
    s = sin_tail_for_tan(r, rl)
    odd = (q & 1) == 1
    over = quick_sum(choose(odd, c.hi, r), choose(odd, c.lo, s))
    under = quick_sum(choose(odd, r, c.hi), choose(odd, s, c.lo))
    y = divided(over.hi, over.lo, under.hi, under.lo)
    return double_of(bits_of(y) ^ ((q & 1) << 63))

def sin_small(x):
    k = quadrant(x)
    r = reduced(x, k - ROUND)
    return canonical(choose(magnitude(x) < 7.450580596923828e-09, x, sin_in_quadrant(r.hi, r.lo, bits_of(k))))

def cos_small(x):
    k = quadrant(x)
    r = reduced(x, k - ROUND)
    return canonical(sin_in_quadrant(r.hi, r.lo, bits_of(k) + 1))

def tan_small(x):
    k = quadrant(x)
    r = reduced(x, k - ROUND)
    return canonical(choose(magnitude(x) < 7.450580596923828e-09, x, tan_in_quadrant(r.hi, r.lo, bits_of(k))))

def low_half(u):
    return u & 0xffffffff

def moved_word(i, n):
    return low_half(shift_right(((WORDS[i] << 32) | WORDS[i + 1]) << n, 32))

def large_fraction(x, lower):
    bits = bits_of(x)
    first = shift_right(bits, 52) - 1013
    n = first & 31
    i = shift_right(first, 5)
    m = (bits & 0xfffffffffffff) | 0x10000000000000
    m0 = low_half(m)
    m1 = shift_right(m, 32)
    a = moved_word(i, n)
    b = moved_word(i + 1, n)
    c = moved_word(i + 2, n)
    d = moved_word(i + 3, n)
    e = moved_word(i + 4, n)
    f = moved_word(i + 5, n)
    t5 = m0 * f
    t4 = shift_right(t5, 32) + low_half(m0 * e) + low_half(m1 * f)
    t3 = shift_right(t4, 32) + shift_right(m0 * e, 32) + shift_right(m1 * f, 32) + low_half(m0 * d) + low_half(m1 * e)
    t2 = shift_right(t3, 32) + shift_right(m0 * d, 32) + shift_right(m1 * e, 32) + low_half(m0 * c) + low_half(m1 * d)
    t1 = shift_right(t2, 32) + shift_right(m0 * c, 32) + shift_right(m1 * d, 32) + low_half(m0 * b) + low_half(m1 * c)
    t0 = shift_right(t1, 32) + shift_right(m0 * b, 32) + shift_right(m1 * c, 32) + m0 * a + m1 * b
    return (((low_half(t2) << 32) | low_half(t3)) & lower) | (((t0 << 32) | low_half(t1)) & ~lower)

def large_quadrant(x):
    return shift_right(large_fraction(x, 0) + 0x2000000000000000, 62)

def word(u):
    return double_of(low_half(u) | 0x4330000000000000) - 4503599627370496.0

def large_rest(x):
    high = large_fraction(x, 0)
    low = large_fraction(x, 0xffffffffffffffff)
    rest = high - (large_quadrant(x) << 62)
    sign = rest & 0x8000000000000000
    flip = 0 - shift_right(sign, 63)
    l = low ^ flip
    h = rest ^ flip
    a = quick_sum(word(shift_right(h, 32)) * 9.313225746154785e-10, word(h) * 2.168404344971009e-19)
    b = quick_sum(word(shift_right(l, 32)) * 5.048709793414476e-29, word(l) * 1.1754943508222875e-38)
    sum = two_sum(a.hi, b.hi)
    y = quick_sum(sum.hi, sum.lo + (a.lo + b.lo))
    p = two_product(y.hi, HALFPI_TWO[0])
    r = quick_sum(p.hi, p.lo + (y.hi * HALFPI_TWO[1] + y.lo * HALFPI_TWO[0]))
    return pair_of(double_of(bits_of(r.hi) ^ sign), double_of(bits_of(r.lo) ^ sign))

def large_finite(x):
    size = magnitude(x)
    return choose(size < INF, choose(size < 1048576.0, 1048576.0, size), 1048576.0)

def large_result(x, result):
    return canonical(choose(magnitude(x) < INF, result, double_of(0x7ff8000000000000)))

def sin_large(x):
    size = large_finite(x)
    r = large_rest(size)
    y = sin_in_quadrant(r.hi, r.lo, large_quadrant(size))
    return large_result(x, double_of(bits_of(y) ^ (bits_of(x) & 0x8000000000000000)))

def cos_large(x):
    size = large_finite(x)
    r = large_rest(size)
    return large_result(x, sin_in_quadrant(r.hi, r.lo, large_quadrant(size) + 1))

def tan_large(x):
    size = large_finite(x)
    r = large_rest(size)
    y = tan_in_quadrant(r.hi, r.lo, large_quadrant(size))
    return large_result(x, double_of(bits_of(y) ^ (bits_of(x) & 0x8000000000000000)))

def two_to(k):
    return double_of((bits_of(k + ROUND) << 52) + 0x3ff0000000000000)

def exp_inverse(e, k):
    q = quotient(1.0, 0.0, e.hi, e.lo)
    s = two_to(-2.0 * choose(k > 500.0, 500.0, k))
    return pair_of(q.hi * s, q.lo * s)

def cosh_kernel(x):
    size = magnitude(x)
    inside = choose(size > 720.0, 720.0, size)
    k = exp_power(inside)
    e = exp_pair(inside, -0.0, k)
    q = exp_inverse(e, k)
    y = quick_sum(e.hi, q.hi)
    return canonical(scaled(y.hi + (y.lo + (e.lo + q.lo)), k - 1.0))

def sinh_kernel(x):
    size = magnitude(x)
    inside = choose(size > 720.0, 720.0, size)
    k = exp_power(inside)
    e = exp_pair(inside, -0.0, k)
    q = exp_inverse(e, k)
    y = quick_sum(e.hi, -q.hi)
    large = scaled(y.hi + (y.lo + (e.lo - q.lo)), k - 1.0)
    z = x * x
    z2 = z * z
    s = (SINH[0] + SINH[1] * z) + z2 * ((SINH[2] + SINH[3] * z) + z2 * (SINH[4] + SINH[5] * z))
    small = size + (size * z) * s
    return canonical(with_sign(choose(size < 0.5, choose(size < 3.725290298461914e-09, size, small), large), x))

def logistic_kernel(x):
    size = magnitude(x)
    inside = choose(size > 760.0, -760.0, -size)
    k = exp_power(inside)
    e = exp_pair(inside, -0.0, k)
    s = two_to(choose(k < -1000.0, -1000.0, k))
    d = quick_sum(1.0, e.hi * s)
    positive = x >= 0.0
    y = divided(choose(positive, 1.0, e.hi), choose(positive, 0.0, e.lo), d.hi, d.lo + e.lo * s)
    return canonical(choose(positive, y, scaled(y, k)))

def exp2_kernel(x):
    low = choose(x < -1100.0, -1100.0, x)
    inside = choose(low > 1100.0, 1100.0, low)
    k = (inside + ROUND) - ROUND
    f = inside - k
    r = two_product(f, LN2_TWO[0])
    y = exp_sum(r.hi, r.lo + f * LN2_TWO[1])
    return canonical(scaled(y.hi + y.lo, k))

def root_pair(a, al):
    h = root(a)
    p = two_product(h, h)
    rest = (((a - p.hi) - p.lo) + al) / (2.0 * h)
    return quick_sum(h, choose(h == 0.0, 0.0, rest))

def log1p_or_double(u, ul, large):
    y = log1p_pair(u, ul)
    sum = two_sum(y.hi, choose(large, LN2_TWO[0], 0.0))
    return sum.hi + (sum.lo + (y.lo + choose(large, LN2_TWO[1], 0.0)))

def arcsinh_kernel(x):
    size = magnitude(x)
    large = size > 1.152921504606847e+18
    inside = choose(large, 1.152921504606847e+18, size)
    square = two_product(inside, inside)
    below = two_sum(1.0, square.hi)
    r = root_pair(below.hi, below.lo + square.lo)
    d = quick_sum(choose(r.hi > 1.0, r.hi, 1.0), choose(r.hi > 1.0, 1.0, r.hi))
    q = quotient(square.hi, square.lo, d.hi, d.lo + r.lo)
    u = two_sum(inside, q.hi)
    v = quick_sum(u.hi, u.lo + q.lo)
    y = log1p_or_double(choose(large, size, v.hi), choose(large, 0.0, v.lo), large)
    finite = choose(size < INF, choose(size < 3.725290298461914e-09, size, y), size)
    return canonical(with_sign(finite, x))

def arccosh_kernel(x):
    large = x > 1.152921504606847e+18
    inside = choose(large, 1.152921504606847e+18, choose(x >= 1.0, x, 1.0))
    t = two_sum(inside, -1.0)
    a = two_sum(inside, 1.0)
    p = two_product(t.hi, a.hi)
    r = root_pair(p.hi, p.lo + (t.hi * a.lo + t.lo * a.hi))
    u = two_sum(t.hi, r.hi)
    v = quick_sum(u.hi, u.lo + (t.lo + r.lo))
    y = log1p_or_double(choose(large, x, v.hi), choose(large, 0.0, v.lo), large)
    return canonical(choose(x >= 1.0, choose(x < INF, y, x), double_of(0x7ff8000000000000)))

def arctanh_kernel(x):
    size = magnitude(x)
    inside = choose(size < 1.0, size, 0.5)
    d = two_sum(1.0, -inside)
    q = quotient(2.0 * inside, 0.0, d.hi, d.lo)
    y = log1p_pair(q.hi, q.lo)
    small = choose(size < 3.725290298461914e-09, size, 0.5 * (y.hi + y.lo))
    large = choose(size == 1.0, INF, double_of(0x7ff8000000000000))
    return canonical(with_sign(choose(size < 1.0, small, large), x))

def sqrt_kernel(x):
    return canonical(root(x))

def cbrt_kernel(x):
    size = magnitude(x)
    tiny = size < 2.2250738585072014e-308
    t = bits_of(choose(tiny, size * 1.8014398509481984e+16, size))
    e = double_of(shift_right(t, 52) | 0x4330000000000000) - 4503599627370496.0
    q = ((e - 1.0) * 0.3333333333333333 + ROUND) - ROUND
    j = e - 3.0 * q
    m = double_of((t & 0xfffffffffffff) | 0x3ff0000000000000)
    z = m * m
    a = (CBRT[0] + CBRT[1] * m) + z * (CBRT[2] + CBRT[3] * m)
    p = a + (z * z) * ((CBRT[4] + CBRT[5] * m) + z * CBRT[6])
    guess = p * choose(j == 0.0, 1.0, choose(j == 1.0, CBRT_TWO[0], CBRT_TWO[1]))
    b = m * choose(j == 0.0, 1.0, choose(j == 1.0, 2.0, 4.0))
    h = double_of(bits_of(guess) & 0xffffffffc0000000)
    r = b / (h * h)
    y = h + h * ((r - h) / ((h + h) + r))
    result = y * two_to(q - choose(tiny, 359.0, 341.0))
    plain = (size > 0.0) & (size < INF)
    return canonical(choose(plain, with_sign(result, x), x))

def hypot_kernel(x, y):
    xs = magnitude(x)
    ys = magnitude(y)
    larger = choose(xs > ys, xs, ys)
    smaller = choose(xs > ys, ys, xs)
    down = choose(larger > 3.273390607896142e+150, 2.409919865102884e-181, 1.0)
    scale = choose(larger < 3.8725919148493183e-121, 4.149515568880993e+180, down)
    up = choose(larger < 3.8725919148493183e-121, 2.409919865102884e-181, choose(larger > 3.273390607896142e+150, 4.149515568880993e+180, 1.0))
    u = larger * scale
    v = smaller * scale
    a = two_product(u, u)
    b = two_product(v, v)
    sum = quick_sum(a.hi, b.hi)
    r = root_pair(sum.hi, sum.lo + (a.lo + b.lo))
    plain = (r.hi + r.lo) * up
    result = choose(larger == 0.0, smaller, plain)
    return canonical(choose((xs == INF) | (ys == INF), INF, result))

def log2_kernel(x):
    up = choose(x < 2.2250738585072014e-308, x * 1.8014398509481984e+16, x)
    t = log_bits(up)
    k = log_power(t) - choose(x < 2.2250738585072014e-308, 54.0, 0.0)
    y = log_sum(log_mantissa(t) - 1.0, -0.0)
    f = quick_sum(y.hi, y.lo)
    p = two_product(f.hi, INVLN2[0])
    sum = quick_sum(k, p.hi)
    low = p.lo + (f.hi * INVLN2[1] + f.lo * INVLN2[0])
    return log_special(x, sum.hi + (sum.lo + low))

def log10_kernel(x):
    up = choose(x < 2.2250738585072014e-308, x * 1.8014398509481984e+16, x)
    t = log_bits(up)
    k = log_power(t) - choose(x < 2.2250738585072014e-308, 54.0, 0.0)
    y = log_sum(log_mantissa(t) - 1.0, -0.0)
    f = quick_sum(y.hi, y.lo)
    p = two_product(f.hi, INVLN10[0])
    sum = quick_sum(k * LOG10_2[0], p.hi)
    low = p.lo + (f.hi * INVLN10[1] + f.lo * INVLN10[0])
    return log_special(x, sum.hi + (sum.lo + (low + k * LOG10_2[1])))

def arctan_pair(n, nl, d, dl):
    half = n > 0.25 * d
    one = n > 0.75 * d
    c = choose(one, 1.0, choose(half, 0.5, 0.0))
    over = two_sum(n, -(c * d))
    under = quick_sum(d, c * n)
    t = quotient(over.hi, over.lo + (nl - c * dl), under.hi, under.lo + (dl + c * nl))
    z = t.hi * t.hi
    z2 = z * z
    a = (ATAN[0] + ATAN[1] * z) + z2 * (ATAN[2] + ATAN[3] * z)
    b = (ATAN[4] + ATAN[5] * z) + z2 * (ATAN[6] + ATAN[7] * z)
    tail = (t.hi * z) * (a + (z2 * z2) * b) + (t.lo - t.lo * z)
    y = quick_sum(choose(one, ATAN_HIGH[2], choose(half, ATAN_HIGH[1], 0.0)), t.hi)
    return pair_of(y.hi, y.lo + (choose(one, ATAN_LOW[2], choose(half, ATAN_LOW[1], 0.0)) + tail))

def angle(y, yl, x, xl, left):
    steep = y > x
    r = arctan_pair(choose(steep, x, y), choose(steep, xl, yl), choose(steep, y, x), choose(steep, yl, xl))
    high = choose(steep, HALFPI_TWO[0], choose(left, PI_TWO[0], 0.0))
    low = choose(steep, HALFPI_TWO[1], choose(left, PI_TWO[1], 0.0))
    sign = choose(steep, choose(left, 1.0, -1.0), choose(left, -1.0, 1.0))
    sum = quick_sum(high, sign * r.hi)
    return sum.hi + (sum.lo + (low + sign * r.lo))

def arctan_kernel(x):
    size = magnitude(x)
    inside = choose(size > 1.152921504606847e+18, 1.152921504606847e+18, size)
    y = angle(inside, 0.0, 1.0, 0.0, 0)
    return canonical(with_sign(choose(size < 3.725290298461914e-09, size, y), x))

def arctan2_kernel(y, x):
    ys = magnitude(y)
    xs = magnitude(x)
    larger = choose(ys > xs, ys, xs)
    scale = choose(larger < 3.054936363499605e-151, 4.149515568880993e+180, choose(larger > 3.273390607896142e+150, 2.409919865102884e-181, 1.0))
    y1 = choose(larger == INF, choose(ys == INF, 1.0, 0.0), ys * scale)
    x1 = choose(larger == INF, choose(xs == INF, 1.0, 0.0), xs * scale)
    x2 = choose(larger == 0.0, 1.0, x1)
    left = shift_right(bits_of(x), 63) == 1
    a = angle(y1, 0.0, x2, 0.0, left)
    return canonical(choose((x == x) & (y == y), with_sign(a, y), double_of(0x7ff8000000000000)))

def other_leg(x):
    a = two_sum(1.0, -x)
    b = two_sum(1.0, x)
    p = two_product(a.hi, b.hi)
    return root_pair(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi))

def arcsin_kernel(x):
    size = magnitude(x)
    inside = choose(size <= 1.0, size, 0.5)
    leg = other_leg(inside)
    y = angle(inside, 0.0, leg.hi, leg.lo, 0)
    result = choose(size <= 1.0, choose(size < 3.725290298461914e-09, size, y), double_of(0x7ff8000000000000))
    return canonical(with_sign(result, x))

def arccos_kernel(x):
    size = magnitude(x)
    inside = choose(size <= 1.0, size, 0.5)
    leg = other_leg(inside)
    y = angle(leg.hi, leg.lo, inside, 0.0, x < 0.0)
    return canonical(choose(size <= 1.0, y, double_of(0x7ff8000000000000)))

def erfcx_pair(x):
    bits = bits_of(x + 1.0)
    i = shift_right(bits, 49) - 8184
    middle = double_of((bits & 0xfffe000000000000) | 0x1000000000000) - 1.0
    d = x - middle
    at = (i << 4) - (i << 1)
    z = d * d
    a = (ERFCX[at + 2] + ERFCX[at + 3] * d) + z * (ERFCX[at + 4] + ERFCX[at + 5] * d)
    b = (ERFCX[at + 6] + ERFCX[at + 7] * d) + z * (ERFCX[at + 8] + ERFCX[at + 9] * d)
    c = (ERFCX[at + 10] + ERFCX[at + 11] * d) + z * (ERFCX[at + 12] + ERFCX[at + 13] * d)
    z2 = z * z
    return quick_sum(ERFCX[at], ERFCX[at + 1] + d * (a + z2 * (b + z2 * c)))

def erfc_pair(x, e):
    g = erfcx_pair(x)
    p = two_product(e.hi, g.hi)
    return quick_sum(p.hi, p.lo + (e.hi * g.lo + e.lo * g.hi))

def erfc_kernel(x):
    size = magnitude(x)
    inside = choose(size < 28.0, size, 28.0)
    square = two_product(inside, inside)
    k = exp_power(-square.hi)
    y = erfc_pair(inside, exp_pair(-square.hi, -square.lo, k))
    s = two_to(choose(k < -1000.0, -1000.0, k))
    sum = quick_sum(2.0, -(y.hi * s))
    left = sum.hi + (sum.lo - y.lo * s)
    result = choose(x < 0.0, left, scaled(y.hi + y.lo, k))
    return canonical(choose(x == x, result, x))

def erf_kernel(x):
    size = magnitude(x)
    inside = choose(size < 6.0, size, 6.0)
    square = two_product(inside, inside)
    k = exp_power(-square.hi)
    y = erfc_pair(inside, exp_pair(-square.hi, -square.lo, k))
    s = two_to(k)
    sum = quick_sum(1.0, -(y.hi * s))
    large = sum.hi + (sum.lo - y.lo * s)
    z = square.hi
    z2 = z * z
    a = (ERF[0] + ERF[1] * z) + z2 * (ERF[2] + ERF[3] * z)
    b = (ERF[4] + ERF[5] * z) + z2 * (ERF[6] + ERF[7] * z)
    c = ERF[8] + ERF[9] * z
    z4 = z2 * z2
    small = size + size * (a + z4 * (b + z4 * c))
    tiny = (size * 1.6069380442589903e+60 + (size * 1.6069380442589903e+60) * ERF[0]) * 6.223015277861142e-61
    result = choose(size < 0.5, choose(size < 1.90109156629516e-211, tiny, small), large)
    return canonical(choose(x == x, with_sign(result, x), x))

def sinc_kernel(x):
    size = magnitude(x)
    inside = choose(size < 2251799813685248.0, size, 2251799813685248.0)
    q = 2.0 * inside + ROUND
    rest = inside - 0.5 * (q - ROUND)
    r = two_product(rest, PI_TWO[0])
    rl = r.lo + rest * PI_TWO[1]
    c = cos_sum(r.hi, rl)
    odd = (bits_of(q) & 1) == 1
    over = quick_sum(choose(odd, c.hi, r.hi), choose(odd, c.lo, sin_tail(r.hi, rl)))
    under = two_product(inside, PI_TWO[0])
    y = divided(over.hi, over.lo, under.hi, under.lo + inside * PI_TWO[1])
    signed_ = double_of(bits_of(y) ^ ((bits_of(q) & 2) << 62)) + 0.0
    result = choose(size < 7.450580596923828e-09, 1.0, choose(size < 2251799813685248.0, signed_, 0.0))
    return canonical(choose(x == x, result, x))

def log_two(x):
    tiny = x < 2.2250738585072014e-308
    t = log_bits(choose(tiny, x * 1.8014398509481984e+16, x))
    y = log_sum(log_mantissa(t) - 1.0, 0.0)
    return log_with_power(log_power(t) - choose(tiny, 54.0, 0.0), y.hi, y.lo)

def lgamma_stirling(x, l):
    less = two_sum(l.hi, -1.0)
    a = two_sum(x, -0.5)
    p = two_product(a.hi, less.hi)
    t = 1.0 / x
    z = t * t
    z2 = z * z
    s = (STIRLING[0] + STIRLING[1] * z) + z2 * (STIRLING[2] + STIRLING[3] * z)
    s2 = (STIRLING[4] + STIRLING[5] * z) + z2 * STIRLING[6]
    rest = t * (s + (z2 * z2) * s2) + LGAMMA_CONSTANTS[0]
    return quick_sum(p.hi, p.lo + ((a.hi * (less.lo + l.lo) + a.lo * less.hi) + rest))

def lgamma_middle(x, small):
    bits = bits_of(choose(small, x + 1.0, x))
    i = shift_right(bits, 49) - 8176
    middle = double_of((bits & 0xfffe000000000000) | 0x1000000000000)
    d = x - (middle - choose(small, 1.0, 0.0))
    at = (i << 3) + (i << 2)
    z = d * d
    a = (LGAMMA[at + 2] + LGAMMA[at + 3] * d) + z * (LGAMMA[at + 4] + LGAMMA[at + 5] * d)
    b = (LGAMMA[at + 6] + LGAMMA[at + 7] * d) + z * (LGAMMA[at + 8] + LGAMMA[at + 9] * d)
    c = LGAMMA[at + 10] + LGAMMA[at + 11] * d
    z2 = z * z
    h = quick_sum(LGAMMA[at], LGAMMA[at + 1] + d * (a + z2 * (b + z2 * c)))
    u = choose(small, x, x - 1.0)
    v = two_sum(x, choose(small, -1.0, -2.0))
    p = two_product(u, v.hi)
    y = two_product(p.hi, h.hi)
    return quick_sum(y.hi, y.lo + (p.hi * h.lo + (p.lo + u * v.lo) * h.hi))

def sin_of_turns(x):
    q = 2.0 * x + ROUND
    rest = x - 0.5 * (q - ROUND)
    r = two_product(rest, PI_TWO[0])
    rl = r.lo + rest * PI_TWO[1]
    c = cos_sum(r.hi, rl)
    odd = (bits_of(q) & 1) == 1
    y = quick_sum(choose(odd, c.hi, r.hi), choose(odd, c.lo, sin_tail(r.hi, rl)))
    return pair_of(magnitude(y.hi), double_of(bits_of(y.lo) ^ (bits_of(y.hi) & 0x8000000000000000)))

def lgamma_reflected(x, factor):
    s = sin_of_turns(x)
    p = two_product(s.hi, factor)
    l = log_two(p.hi)
    y = two_sum(LGAMMA_CONSTANTS[1], -l.hi)
    return pair_of(y.hi, y.lo + ((LGAMMA_CONSTANTS[2] - l.lo) - (p.lo + s.lo * factor) / p.hi))

def lgamma_kernel(x):
    size = magnitude(x)
    finite = size <= LGAMMA_CONSTANTS[3]
    inside = choose(finite, size, 8.0)
    small = inside < 0.5
    large = inside >= 8.0
    l = log_two(inside)
    s = lgamma_stirling(choose(large, inside, 8.0), l)
    m = lgamma_middle(choose(large, 1.0, inside), small)
    y = choose(large, s.hi, m.hi)
    yl = choose(large, s.lo, m.lo)
    sum = quick_sum(choose(small, -l.hi, y), choose(small, y, 0.0))
    right = sum.hi + (sum.lo + choose(small, yl - l.lo, yl))
    r = lgamma_reflected(choose(inside < 1125899906842624.0, inside, 0.25), choose(small, 1.0, inside))
    less = two_sum(r.hi, -y)
    left = less.hi + (less.lo + (r.lo - yl))
    whole = (choose(inside < 4503599627370496.0, inside + 4503599627370496.0, inside) - choose(inside < 4503599627370496.0, 4503599627370496.0, 0.0)) == inside
    negative = choose(whole, INF, left)
    tiny = choose(size == 0.0, INF, -(l.hi + l.lo))
    result = choose(size < 5.551115123125783e-17, tiny, choose(x < 0.0, negative, right))
    return canonical(choose(x == x, choose(finite, result, INF), x))

def pair_product(a, b):
    p = two_product(a.hi, b.hi)
    return quick_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi))

def pair_sum(a, b):
    s = two_sum(a.hi, b.hi)
    return quick_sum(s.hi, s.lo + (a.lo + b.lo))

def voigt_distance(x, xl, t, y2):
    d = two_sum(x, -t)
    p = two_product(d.hi, d.hi)
    s = two_sum(p.hi, y2.hi)
    return pair_of(s.hi, s.lo + (p.lo + (2.0 * d.hi) * (d.lo + xl) + y2.lo))

def voigt_node(sum, x, xl, y2, t, weight, weight_low):
    a = voigt_distance(x, xl, t, y2)
    b = voigt_distance(x, xl, -t, y2)
    over = two_sum(a.hi, b.hi)
    under = two_product(a.hi, b.hi)
    inverse = 1.0 / under.hi
    q = over.hi * inverse
    back = two_product(q, under.hi)
    under_low = under.lo + (a.hi * b.lo + a.lo * b.hi)
    rest = (((over.hi - back.hi) - back.lo) + (over.lo + (a.lo + b.lo))) - q * under_low
    p = two_product(weight, q)
    s = two_sum(sum.hi, p.hi)
    return pair_of(s.hi, sum.lo + (s.lo + (p.lo + (weight * (rest * inverse) + weight_low * q))))

def voigt_sum(x, xl, y2, rule):
    t = choose(rule, 0.0, 0.25)
    s13 = voigt_node(pair_of(0.0, 0.0), x, xl, y2, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]), choose(rule, VOIGT_TW[27], VOIGT_MW[27]))
    s12 = voigt_node(s13, x, xl, y2, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]), choose(rule, VOIGT_TW[25], VOIGT_MW[25]))
    s11 = voigt_node(s12, x, xl, y2, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]), choose(rule, VOIGT_TW[23], VOIGT_MW[23]))
    s10 = voigt_node(s11, x, xl, y2, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]), choose(rule, VOIGT_TW[21], VOIGT_MW[21]))
    s9 = voigt_node(s10, x, xl, y2, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]), choose(rule, VOIGT_TW[19], VOIGT_MW[19]))
    s8 = voigt_node(s9, x, xl, y2, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]), choose(rule, VOIGT_TW[17], VOIGT_MW[17]))
    s7 = voigt_node(s8, x, xl, y2, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]), choose(rule, VOIGT_TW[15], VOIGT_MW[15]))
    s6 = voigt_node(s7, x, xl, y2, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]), choose(rule, VOIGT_TW[13], VOIGT_MW[13]))
    s5 = voigt_node(s6, x, xl, y2, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]), choose(rule, VOIGT_TW[11], VOIGT_MW[11]))
    s4 = voigt_node(s5, x, xl, y2, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]), choose(rule, VOIGT_TW[9], VOIGT_MW[9]))
    s3 = voigt_node(s4, x, xl, y2, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]), choose(rule, VOIGT_TW[7], VOIGT_MW[7]))
    s2 = voigt_node(s3, x, xl, y2, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]), choose(rule, VOIGT_TW[5], VOIGT_MW[5]))
    s1 = voigt_node(s2, x, xl, y2, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]), choose(rule, VOIGT_TW[3], VOIGT_MW[3]))
    s0 = voigt_node(s1, x, xl, y2, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]), choose(rule, VOIGT_TW[1], VOIGT_MW[1]))
    return quick_sum(s0.hi, s0.lo)

def cos_of_turn(f, fl, more):
    k = 4.0 * f + ROUND
    rest = f - 0.25 * (k - ROUND)
    r = two_product(rest, 2.0 * PI_TWO[0])
    rl = r.lo + (rest * (2.0 * PI_TWO[1]) + fl * (2.0 * PI_TWO[0]))
    return sin_pair_in_quadrant(r.hi, rl, bits_of(k) + 1 + more)

def voigt_residue(x, xl, y, yl, s):
    a = two_sum(y, -x)
    b = two_sum(y, x)
    p = two_product(a.hi, b.hi)
    low = choose(p.hi < -760.0, 0.0, p.lo + ((a.hi * b.lo + a.lo * b.hi) + 2.0 * (y * yl - x * xl)))
    high = choose(p.hi < -760.0, -760.0, p.hi)
    k = exp_power(high)
    e = exp_pair(high, low, k)
    u = two_product(y, 4.0 * PI_TWO[0])
    ul = u.lo + (y * (4.0 * PI_TWO[1]) + yl * (4.0 * PI_TWO[0]))
    m = exp_power(u.hi)
    v = exp_pair(u.hi, ul, m)
    signed_ = s * two_to(m)
    g = pair_of(v.hi * signed_, v.lo * signed_)
    f = 2.0 * x - ((2.0 * x + ROUND) - ROUND)
    c = pair_product(g, cos_of_turn(f, 2.0 * xl, 0))
    imaginary = pair_product(g, cos_of_turn(f, 2.0 * xl, 3))
    real = pair_sum(pair_of(1.0, 0.0), pair_of(-c.hi, -c.lo))
    w = two_product(2.0 * x, y)
    turns = quadrant(w.hi)
    r = reduced(w.hi, turns - ROUND)
    rl = r.lo + (w.lo + 2.0 * (x * yl + xl * y))
    cosine = sin_pair_in_quadrant(r.hi, rl, bits_of(turns) + 1)
    sine = sin_pair_in_quadrant(r.hi, rl, bits_of(turns))
    left = pair_product(cosine, real)
    right = pair_product(sine, imaginary)
    over = pair_sum(left, pair_of(-right.hi, -right.lo))
    squares = pair_sum(pair_of(1.0, 0.0), pair_product(g, g))
    under = pair_sum(squares, pair_of(-2.0 * c.hi, -2.0 * c.lo))
    q = pair_product(e, quotient(over.hi, over.lo, under.hi, under.lo))
    return pair_of(scaled(2.0 * q.hi, k), scaled(2.0 * q.lo, k))

def voigt_w(x, xl, y, yl):
    part = magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND))
    rule = (part >= 0.25) & (y < x)
    square = two_product(y, y)
    sum = voigt_sum(x, xl, pair_of(square.hi, square.lo + (2.0 * y) * yl), rule)
    line = pair_product(pair_product(pair_of(y, yl), pair_of(VOIGT_STEP[0], VOIGT_STEP[1])), sum)
    has = (y < VOIGT_STEP[2]) & (x < 30.0)
    pole = voigt_residue(choose(has, x, 0.25), choose(has, xl, 0.0), choose(has, y, 0.0), choose(has, yl, 0.0), choose(rule, 1.0, -1.0))
    return pair_sum(line, pair_of(choose(has, pole.hi, 0.0), choose(has, pole.lo, 0.0)))

def lorentz(x, gamma):
    larger = choose(x > gamma, x, gamma)
    u = quotient(x, 0.0, larger, 0.0)
    v = quotient(gamma, 0.0, larger, 0.0)
    under = pair_product(pair_sum(pair_product(u, u), pair_product(v, v)), pair_of(PI_TWO[0], PI_TWO[1]))
    q = quotient(v.hi, v.lo, under.hi, under.lo)
    return divided(q.hi, q.lo, larger, 0.0)

def voigt_kernel(x, sigma, gamma):
    size = magnitude(x)
    p = two_product(sigma, SQRT2_TWO[0])
    low = p.lo + sigma * SQRT2_TWO[1]
    a = quotient(size, 0.0, p.hi, low)
    b = quotient(gamma, 0.0, p.hi, low)
    far = (a.hi > 1073741824.0) | (b.hi > 1073741824.0) | (sigma == 0.0) | (size == INF)
    x1 = choose(far, 1.0, a.hi)
    y1 = choose(far, 1.0, b.hi)
    w = voigt_w(x1, choose(far, 0.0, a.lo), y1, choose(far, 0.0, b.lo))
    q = quotient(VOIGT_STEP[3], VOIGT_STEP[4], sigma, 0.0)
    near = pair_product(w, q)
    line = choose((size == 0.0) & (gamma == 0.0), INF, lorentz(size, gamma))
    y = choose(far, choose(size < INF, line, 0.0), near.hi + near.lo)
    valid = (sigma >= 0.0) & (gamma >= 0.0) & (sigma < INF) & (gamma < INF) & (x == x)
    return canonical(choose(valid, y, double_of(0x7ff8000000000000)))

def complex_product(a, b):
    return pair_of(a.hi * b.hi - a.lo * b.lo, a.hi * b.lo + a.lo * b.hi)

def voigt_inverse(x, y, t):
    real = (x - t) * (x + t) - y * y
    imaginary = 2.0 * (x * y)
    over = 1.0 / (real * real + imaginary * imaginary)
    return pair_of(real * over, -imaginary * over)

def voigt_first_node(sum, x, y, t, weight):
    r = voigt_inverse(x, y, t)
    factor = pair_of((x - t) * (x + t) - y * y + 2.0 * (t * t), 2.0 * (x * y))
    p = complex_product(factor, complex_product(r, r))
    return pair_of(sum.hi + weight * p.hi, sum.lo + weight * p.lo)

def voigt_second_node(sum, x, y, t, weight):
    r = voigt_inverse(x, y, t)
    factor = pair_of((x - t) * (x + t) - y * y + 4.0 * (t * t), 2.0 * (x * y))
    p = complex_product(factor, complex_product(r, complex_product(r, r)))
    return pair_of(sum.hi + weight * p.hi, sum.lo + weight * p.lo)

def voigt_first_sum(x, y, rule):
    t = choose(rule, 0.0, 0.25)
    s13 = voigt_first_node(pair_of(0.0, 0.0), x, y, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]))
    s12 = voigt_first_node(s13, x, y, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]))
    s11 = voigt_first_node(s12, x, y, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]))
    s10 = voigt_first_node(s11, x, y, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]))
    s9 = voigt_first_node(s10, x, y, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]))
    s8 = voigt_first_node(s9, x, y, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]))
    s7 = voigt_first_node(s8, x, y, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]))
    s6 = voigt_first_node(s7, x, y, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]))
    s5 = voigt_first_node(s6, x, y, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]))
    s4 = voigt_first_node(s5, x, y, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]))
    s3 = voigt_first_node(s4, x, y, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]))
    s2 = voigt_first_node(s3, x, y, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]))
    s1 = voigt_first_node(s2, x, y, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]))
    return voigt_first_node(s1, x, y, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]))

def voigt_second_sum(x, y, rule):
    t = choose(rule, 0.0, 0.25)
    s13 = voigt_second_node(pair_of(0.0, 0.0), x, y, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]))
    s12 = voigt_second_node(s13, x, y, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]))
    s11 = voigt_second_node(s12, x, y, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]))
    s10 = voigt_second_node(s11, x, y, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]))
    s9 = voigt_second_node(s10, x, y, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]))
    s8 = voigt_second_node(s9, x, y, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]))
    s7 = voigt_second_node(s8, x, y, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]))
    s6 = voigt_second_node(s7, x, y, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]))
    s5 = voigt_second_node(s6, x, y, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]))
    s4 = voigt_second_node(s5, x, y, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]))
    s3 = voigt_second_node(s4, x, y, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]))
    s2 = voigt_second_node(s3, x, y, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]))
    s1 = voigt_second_node(s2, x, y, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]))
    return voigt_second_node(s1, x, y, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]))

def voigt_factor(x, y, s):
    size = s * exp_kernel((4.0 * PI_TWO[0]) * y)
    turn = (2.0 * PI_TWO[0]) * (2.0 * x - ((2.0 * x + ROUND) - ROUND))
    real = 1.0 - size * cos_small(turn)
    imaginary = size * sin_small(turn)
    over = 1.0 / (real * real + imaginary * imaginary)
    return pair_of(real * over, -imaginary * over)

def voigt_pole(x, y, c):
    size = 2.0 * exp_kernel((y - x) * (y + x))
    turn = 2.0 * (x * y)
    return complex_product(pair_of(size * cos_small(turn), -(size * sin_small(turn))), c)

def voigt_pole_slope(x, y, c):
    return pair_of((4.0 * PI_TWO[0]) * c.lo - 2.0 * x, (4.0 * PI_TWO[0]) * (1.0 - c.hi) - 2.0 * y)

def voigt_first(x, y):
    rule = (magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND)) >= 0.25) & (y < x)
    sum = voigt_first_sum(x, y, rule)
    has = (y < VOIGT_STEP[2]) & (x < 30.0)
    a = choose(has, x, 0.25)
    b = choose(has, y, 0.0)
    c = voigt_factor(a, b, choose(rule, 1.0, -1.0))
    pole = complex_product(voigt_pole(a, b, c), voigt_pole_slope(a, b, c))
    return pair_of((2.0 * VOIGT_STEP[0]) * sum.lo + choose(has, pole.hi, 0.0), choose(has, pole.lo, 0.0) - (2.0 * VOIGT_STEP[0]) * sum.hi)

def voigt_second(x, y):
    rule = (magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND)) >= 0.25) & (y < x)
    sum = voigt_second_sum(x, y, rule)
    line = complex_product(pair_of(x, y), sum)
    has = (y < VOIGT_STEP[2]) & (x < 30.0)
    a = choose(has, x, 0.25)
    b = choose(has, y, 0.0)
    c = voigt_factor(a, b, choose(rule, 1.0, -1.0))
    slope = voigt_pole_slope(a, b, c)
    square = complex_product(slope, slope)
    bend = complex_product(c, pair_of(c.hi - 1.0, c.lo))
    k = (4.0 * PI_TWO[0]) * (4.0 * PI_TWO[0])
    pole = complex_product(voigt_pole(a, b, c), pair_of((square.hi - 2.0) - k * bend.hi, square.lo - k * bend.lo))
    return choose(has, pole.hi, 0.0) - (4.0 * VOIGT_STEP[0]) * line.lo

def voigt_is_far(size, sigma, gamma):
    return (size > 1476395008.0 * sigma) | (gamma > 1476395008.0 * sigma) | (sigma == 0.0) | (size == INF)

def voigt_slope(slope, sigma, gamma, x):
    valid = (sigma >= 0.0) & (gamma >= 0.0) & (sigma < INF) & (gamma < INF) & (x == x)
    return canonical(choose(valid, slope, double_of(0x7ff8000000000000)))

def voigt_by_x_kernel(x, sigma, gamma):
    size = magnitude(x)
    far = voigt_is_far(size, sigma, gamma)
    unit = choose(far, 1.0, sigma * SQRT2_TWO[0])
    w = voigt_first(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit)
    near = (w.hi * ((0.5 * VOIGT_STEP[3]) * SQRT2_TWO[0])) / sigma / sigma
    larger = choose(size > gamma, size, gamma)
    u = size / larger
    v = gamma / larger
    d = u * u + v * v
    line = choose(size < INF, (((-2.0 * u) * v) / (PI_TWO[0] * (d * d))) / larger / larger, 0.0)
    slope = choose(far, line, near)
    return voigt_slope(choose(x < 0.0, -slope, slope), sigma, gamma, x)

def voigt_by_gamma_kernel(x, sigma, gamma):
    size = magnitude(x)
    far = voigt_is_far(size, sigma, gamma)
    unit = choose(far, 1.0, sigma * SQRT2_TWO[0])
    w = voigt_first(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit)
    near = (-w.lo * ((0.5 * VOIGT_STEP[3]) * SQRT2_TWO[0])) / sigma / sigma
    larger = choose(size > gamma, size, gamma)
    u = size / larger
    v = gamma / larger
    d = u * u + v * v
    line = choose(size < INF, (((u - v) * (u + v)) / (PI_TWO[0] * (d * d))) / larger / larger, 0.0)
    return voigt_slope(choose(far, line, near), sigma, gamma, x)

def voigt_by_sigma_kernel(x, sigma, gamma):
    size = magnitude(x)
    far = voigt_is_far(size, sigma, gamma)
    unit = choose(far, 1.0, sigma * SQRT2_TWO[0])
    w = voigt_second(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit)
    near = (w * (0.5 * VOIGT_STEP[3])) / sigma / sigma
    larger = choose(size > gamma, size, gamma)
    u = size / larger
    v = gamma / larger
    d = u * u + v * v
    bend = ((2.0 * v) * (3.0 * (u * u) - v * v)) / (PI_TWO[0] * ((d * d) * d))
    line = choose(size < INF, ((sigma / larger) * bend) / larger / larger, 0.0)
    return voigt_slope(choose(far, line, near), sigma, gamma, x)
