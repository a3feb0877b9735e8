# Made by tools/translate_kernels.py from minpack/functions: not to be changed by hand.
# ruff: noqa
# mypy: ignore-errors
"""The kernels of the elementary functions, which emit instructions for numba."""

from ._emit import INF, Table, bits_of, choose, double_of, pair_of, root, shift_right

ROUND = 0x18 * 2.0**48


EXP = Table("EXP", (0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717, 0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07, 2.510038549551032e-08,))

EXP3 = Table("EXP3", (0.16666666666666666, 0.04166666666666667, 0.008333333333333333, 0.0013888888888883748, 0.00019841269841266415, 2.4801587325547743e-05, 2.7557319239957093e-06, 2.75572736431103e-07, 2.5052078002334575e-08, 2.0914686968086876e-09, 1.6084327882402689e-10,))

LN2 = Table("LN2", (0.6931471805598903, 5.497923018708371e-14,))

INVLN2 = Table("INVLN2", (1.4426950408889634, 2.0355273740931033e-17,))

LN2_TWO = Table("LN2_TWO", (0.6931471805599453, 2.3190468138462996e-17,))

SINH = Table("SINH", (0.16666666666666666, 0.00833333333333336, 0.00019841269841146993, 2.755731943362024e-06, 2.505194670972162e-08, 1.6116496514371548e-10,))

LOG = Table("LOG", (0.6666666666666666, 0.4000000000000088, 0.2857142857080285, 0.22222222391887064, 0.18181795621632782, 0.15386240708969665, 0.13268746195596595, 0.13086907887965027,))

INVLN10 = Table("INVLN10", (0.4342944819032518, 1.098319650216765e-17,))

LOG10_2 = Table("LOG10_2", (0.3010299956640665, -8.532344317057107e-14,))

POWER_INVERSE = Table("POWER_INVERSE", (1.41015625, 1.40234375, 1.39453125, 1.38671875, 1.380859375, 1.373046875, 1.365234375, 1.357421875, 1.3515625, 1.34375, 1.3359375, 1.330078125, 1.322265625, 1.31640625, 1.30859375, 1.302734375, 1.296875, 1.2890625, 1.283203125, 1.27734375, 1.26953125, 1.263671875, 1.2578125, 1.251953125, 1.24609375, 1.240234375, 1.234375, 1.228515625, 1.22265625, 1.216796875, 1.2109375, 1.205078125, 1.19921875, 1.193359375, 1.1875, 1.181640625, 1.177734375, 1.171875, 1.166015625, 1.16015625, 1.15625, 1.150390625, 1.14453125, 1.140625, 1.134765625, 1.130859375, 1.125, 1.12109375, 1.115234375, 1.111328125, 1.10546875, 1.1015625, 1.095703125, 1.091796875, 1.087890625, 1.08203125, 1.078125, 1.07421875, 1.068359375, 1.064453125, 1.060546875, 1.0546875, 1.05078125, 1.046875, 1.04296875, 1.0390625, 1.03515625, 1.029296875, 1.025390625, 1.021484375, 1.017578125, 1.013671875, 1.009765625, 1.0, 1.0, 1.0, 0.98828125, 0.98046875, 0.97265625, 0.966796875, 0.958984375, 0.951171875, 0.9453125, 0.9375, 0.931640625, 0.923828125, 0.91796875, 0.91015625, 0.904296875, 0.8984375, 0.892578125, 0.884765625, 0.87890625, 0.873046875, 0.8671875, 0.861328125, 0.85546875, 0.849609375, 0.845703125, 0.83984375, 0.833984375, 0.828125, 0.822265625, 0.818359375, 0.8125, 0.806640625, 0.802734375, 0.796875, 0.79296875, 0.787109375, 0.783203125, 0.77734375, 0.7734375, 0.76953125, 0.763671875, 0.759765625, 0.755859375, 0.75, 0.74609375, 0.7421875, 0.73828125, 0.734375, 0.728515625, 0.724609375, 0.720703125, 0.716796875, 0.712890625, 0.708984375,))

POWER_HIGH = Table("POWER_HIGH", (-0.34370051385326406, -0.3381449440087181, -0.3325583373000427, -0.32694034499581903, -0.32270604085715604, -0.3170322667710934, -0.31132611719431225, -0.3055872205252399, -0.3012613305781997, -0.2954642128938758, -0.28963329258294834, -0.2852376811099475, -0.2793466478726714, -0.27490548587275043, -0.26895308734560786, -0.26446542087614944, -0.25995752443691345, -0.25391520998095984, -0.24935939344504732, -0.24478272641772492, -0.23864773785021498, -0.2340216694612991, -0.22937410106487732, -0.22470483188112667, -0.2200136583053336, -0.21530037385309697, -0.21056476910735, -0.20580663166083468, -0.20102574606062262, -0.19622189374786103, -0.19139485299956505, -0.1865443988658626, -0.18167030310769405, -0.17677233413201066, -0.17185025692674571, -0.16690383299123823, -0.1635925716877864, -0.15860503017665906, -0.1535924883530697, -0.1485546943231384, -0.14518200984457508, -0.1401015586120593, -0.13499516453748583, -0.13157635778861732, -0.12642613181242268, -0.12297785253349502, -0.11778303565643, -0.11430477128010352, -0.10906458461658985, -0.10555580908680895, -0.10026945316371894, -0.09672962645845473, -0.09139628048319537, -0.08782484811558788, -0.0842406148876762, -0.07884006170775137, -0.07522342123752424, -0.07159365318693744, -0.06612417738256227, -0.06246116962370252, -0.058784694894484346, -0.053244514518837605, -0.04953393512232651, -0.0458095360313564, -0.04207121392073532, -0.03831886430202758, -0.034552381506728125, -0.02887592350180057, -0.025073637552168293, -0.02125683902545461, -0.017425416713876984, -0.013579258126355853, -0.009718249468960494, 0.0, 0.0, 0.0, 0.011787955751970003, 0.019724505347767263, 0.027724548014930406, 0.03376686247088401, 0.041880497245074366, 0.05006050195697753, 0.05623971832278585, 0.0645385211375924, 0.07080813415109333, 0.07922923654746228, 0.0855919303353403, 0.0941389909139616, 0.10059757095336863, 0.10709813555627079, 0.1136412341452342, 0.12243249955645297, 0.1290770422751848, 0.1357660304258843, 0.14250006260726877, 0.14927974959255152, 0.15610571466299916, 0.16297859395081105, 0.16758689703692653, 0.17453941635199044, 0.18154061181098768, 0.18859116980752333, 0.19569179135714876, 0.20045370511729743, 0.20763936477828793, 0.21487703207844788, 0.2197314105433179, 0.22705745063535687, 0.2319714654377094, 0.23938806309274696, 0.24436319773303694, 0.25187261975497677, 0.25691041378513546, 0.26197371574153294, 0.26961706505403527, 0.27474528142101917, 0.2798999320098119, 0.28768207245184385, 0.29290401643288533, 0.29815337231912054, 0.3034304294199046, 0.30873548164959175, 0.3167462053957024, 0.3221225624320141, 0.3275279809990934, 0.33296277698491394, 0.33842727145702156, 0.3439217907746297,))

POWER_LOW = Table("POWER_LOW", (-5.438888329899065e-14, 1.686950122813039e-15, -3.390686133672229e-14, -3.428840012666946e-14, 9.106891248498981e-14, -6.370126600283037e-14, 9.774341135269335e-15, -4.444716351560619e-14, 3.7923164802093147e-14, 3.993416384387844e-14, -9.43339818951269e-14, -5.706541987743993e-14, -9.582540180485092e-14, -4.8816703646769986e-14, 1.0389630784002988e-13, 3.350415533207792e-14, -1.2621729398885316e-14, -3.600176732637335e-15, -5.541005476110028e-14, 3.399981108361833e-14, 3.997050909530134e-14, -9.368215243815848e-14, 3.149265065191484e-14, -3.558968449554976e-14, 5.149667234141408e-14, -8.689160478764541e-14, 3.6507188831790577e-16, -9.805745568358603e-14, 3.188184937543774e-14, -8.43272251985605e-14, -6.440856150696892e-14, -1.7425244670910416e-14, 5.937506333384701e-14, -7.688252529068338e-14, 8.649239607212071e-14, -9.544561678653107e-14, 1.0874563947074237e-13, 2.0472357800461955e-14, -2.4590457297706493e-14, 1.24915489807516e-15, 7.718001336828099e-14, -1.961413128012016e-14, -1.8996158041578768e-14, -1.0195735223708473e-13, 1.9238006950193018e-14, 7.566050031015517e-15, 4.654729747598445e-14, 4.488953352238699e-14, 8.742272933901982e-14, -1.4186867403083108e-14, 4.378637617078398e-14, -9.638067658552277e-14, 6.838063813455754e-15, -3.491258751364126e-15, -1.0003539556895334e-13, -2.465018906176612e-14, -6.329065958724544e-14, -7.137308225343178e-14, 8.884497016608428e-14, -3.3773094437176114e-14, 5.6692671177423705e-14, 2.532168943117445e-14, 4.9880309107981426e-14, 6.219834199475792e-14, 4.826314000551128e-14, -1.0902154302203302e-13, 6.839139742328777e-14, -5.3970320960875826e-14, 5.233209414954029e-14, 3.9494181866332564e-14, 1.7851097601732306e-14, -2.5000409087988807e-14, 3.914755880381555e-14, 0.0, 0.0, 0.0, 7.223757580209288e-14, 1.1326399700142234e-14, -7.554530328896727e-14, -6.652375062271929e-14, -8.71601984429868e-14, -5.953822004049194e-14, 9.023009281142904e-14, -2.1225608044809997e-14, 7.324072905400027e-14, 1.1253882534313481e-13, 6.322009333691484e-14, -9.969653023079706e-14, -9.49206327250953e-14, 9.631011033519217e-14, 6.889214192008475e-14, 2.0797337102277177e-14, -4.2451216089619995e-14, 5.4642560554597724e-14, 1.4256439478199035e-14, 1.1026677017414112e-13, 6.249274931606537e-14, 1.2645632984431417e-14, 9.140819889491412e-14, -9.076231556699796e-14, -1.0445339530284443e-13, 2.6693431578015818e-14, -2.239166785505485e-14, 7.262215167738776e-14, -4.3425422595242564e-14, 2.714636557077735e-14, -4.472851385991314e-14, -1.078736749871691e-14, 6.573097737831975e-14, 7.784172549574863e-14, -9.834201296269778e-14, 9.331234677945918e-14, -1.0822171646799124e-13, 4.102651071698446e-14, 1.0674835088128526e-13, 4.2320076202145394e-14, -8.591298393628546e-14, -6.292357389008195e-14, 4.727452940514406e-14, -4.4204083338755686e-14, 1.548345993498083e-14, 2.1522127491642888e-14, -1.0174753377507561e-14, 5.855316792709415e-14, -1.1281735060685524e-13, 2.3569101751290204e-14, -5.280156204729064e-15, 2.730651892134709e-14,))

POWER = Table("POWER", (0.3333333333333333, -0.2500000000001592, 0.20000000000014476, -0.16666666144953557, 0.14285713811427225, -0.1250427354773067, 0.1111499616970667,))

SIN = Table("SIN", (-0.16666666666666666, 0.008333333333330946, -0.0001984126983675497, 2.755731610068303e-06, -2.5051131455427946e-08, 1.591810123027412e-10,))

COS = Table("COS", (0.041666666666666664, -0.0013888888888887395, 2.4801587298763433e-05, -2.7557317270560326e-07, 2.0876146024689747e-09, -1.1382614868556325e-11,))

HALFPI = Table("HALFPI", (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,))

HALFPI_TWO = Table("HALFPI_TWO", (1.5707963267948966, 6.123233995736766e-17,))

PI_TWO = Table("PI_TWO", (3.141592653589793, 1.2246467991473532e-16,))

TWO_OVER_PI = Table("TWO_OVER_PI", (0.6366197723675814,))

WORDS = Table("WORDS", (0x0, 0x0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x6492eea, 0x9d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d, 0xa9e39161, 0x5ee61b08,))

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
    c = EXP[8] + EXP[9] * r
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
    a = two_sum(x - k * HALFPI[0], -(k * HALFPI[1]))
    b = two_sum(a.hi, -(k * HALFPI[2]))
    return quick_sum(b.hi, (a.lo + b.lo) - k * HALFPI[3])

def sin_tail(r, rl):
    z = r * r
    z2 = z * z
    s = (SIN[0] + SIN[1] * z) + z2 * ((SIN[2] + SIN[3] * z) + z2 * (SIN[4] + SIN[5] * z))
    return (r * z) * s + (rl - (0.5 * z) * rl)

def cos_sum(r, rl):
    z = r * r
    z2 = z * z
    c = (COS[0] + COS[1] * z) + z2 * ((COS[2] + COS[3] * z) + z2 * (COS[4] + COS[5] * z))
    rh = head(r)
    square = (0.5 * rh) * rh
    square_low = (0.5 * (r - rh)) * (r + rh)
    y = 1.0 - square
    return pair_of(y, (((1.0 - y) - square) - square_low) + (z2 * c - r * rl))

def sin_in_quadrant(r, rl, q):
    c = cos_sum(r, rl)
    odd = (q & 1) == 1
    y = choose(odd, c.hi, r) + choose(odd, c.lo, sin_tail(r, rl))
    return double_of(bits_of(y) ^ ((q & 2) << 62))

def tan_in_quadrant(r, rl, q):
    c = cos_sum(r, rl)
    s = sin_tail(r, rl)
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

def sqrt_kernel(x):
    return canonical(root(x))
