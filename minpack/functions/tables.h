/* Constants of the elementary functions: made by tools/make_tables.py, not to be changed by hand. */
#pragma once

#include <stdint.h>

/* the large ones are there once, in tables.c */
#pragma GCC visibility push(hidden)

/* (exp(r) - 1 - r) / r^2 on |r| <= log(2) / 2 */
static const double EXP[11] = {
    0x1p-1, 0x1.5555555555557p-3, 0x1.5555555555556p-5, 0x1.11111111100dcp-7, 0x1.6c16c16c162d4p-10,
    0x1.a01a01abe7fe1p-13, 0x1.a01a01a6d889bp-16, 0x1.71de0231960ebp-19, 0x1.27e4db646b3p-22, 0x1.af4de97ca4194p-26,
    0x1.1f73034961f44p-29,
};

/* (exp(r) - 1 - r - r^2 / 2) / r^3 on |r| <= log(2) / 2 */
static const double EXP3[11] = {
    0x1.5555555555555p-3, 0x1.5555555555556p-5, 0x1.1111111111111p-7, 0x1.6c16c16c162d4p-10, 0x1.a01a01a019b2ap-13,
    0x1.a01a01a6d889cp-16, 0x1.71de3a5905209p-19, 0x1.27e4db646b17ep-22, 0x1.ae643449feb2fp-26, 0x1.1f730349868cep-29,
    0x1.61b2b760e2e21p-33,
};

/* log(2): a multiple of 2^-42 and the rest */
static const double LN2[2] = {
    0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45,
};

/* 1 / log(2), in two doubles */
static const double INVLN2[2] = {
    0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56,
};

/* log(2), in two doubles */
static const double LN2_TWO[2] = {
    0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56,
};

/* (sinh(x) - x) / x^3 in x^2, |x| <= 1/2 */
static const double SINH[6] = {
    0x1.5555555555555p-3, 0x1.111111111112p-7, 0x1.a01a01a00ef0fp-13, 0x1.71de3a84a10c3p-19, 0x1.ae63a07779c78p-26,
    0x1.6267cf434f12cp-33,
};

/* (log((1 + s) / (1 - s)) / s - 2) / s^2 in s^2, for m = (1 + s) / (1 - s) in sqrt(2)^+-1 */
static const double LOG[8] = {
    0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476c42p-2, 0x1.c71c720168526p-3, 0x1.745cf8fe328f9p-3,
    0x1.3b1c36b445cebp-3, 0x1.0fbe71ad855c9p-3, 0x1.0c05166ec4148p-3,
};

/* 1 / log(10), in two doubles */
static const double INVLN10[2] = {
    0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57,
};

/* log10(2): a multiple of 2^-42 and the rest */
static const double LOG10_2[2] = {
    0x1.34413509f8p-2, -0x1.80433b83b532ap-44,
};

/* 1 / c for each of 128 parts of sqrt(2)^+-1 */
#ifdef MINPACK_TABLES
const double POWER_INVERSE[128] = {
    0x1.69p0, 0x1.67p0, 0x1.65p0, 0x1.63p0, 0x1.618p0, 0x1.5f8p0, 0x1.5d8p0, 0x1.5b8p0, 0x1.5ap0, 0x1.58p0, 0x1.56p0,
    0x1.548p0, 0x1.528p0, 0x1.51p0, 0x1.4fp0, 0x1.4d8p0, 0x1.4cp0, 0x1.4ap0, 0x1.488p0, 0x1.47p0, 0x1.45p0, 0x1.438p0,
    0x1.42p0, 0x1.408p0, 0x1.3fp0, 0x1.3d8p0, 0x1.3cp0, 0x1.3a8p0, 0x1.39p0, 0x1.378p0, 0x1.36p0, 0x1.348p0, 0x1.33p0,
    0x1.318p0, 0x1.3p0, 0x1.2e8p0, 0x1.2d8p0, 0x1.2cp0, 0x1.2a8p0, 0x1.29p0, 0x1.28p0, 0x1.268p0, 0x1.25p0, 0x1.24p0,
    0x1.228p0, 0x1.218p0, 0x1.2p0, 0x1.1fp0, 0x1.1d8p0, 0x1.1c8p0, 0x1.1bp0, 0x1.1ap0, 0x1.188p0, 0x1.178p0,
    0x1.168p0, 0x1.15p0, 0x1.14p0, 0x1.13p0, 0x1.118p0, 0x1.108p0, 0x1.0f8p0, 0x1.0ep0, 0x1.0dp0, 0x1.0cp0, 0x1.0bp0,
    0x1.0ap0, 0x1.09p0, 0x1.078p0, 0x1.068p0, 0x1.058p0, 0x1.048p0, 0x1.038p0, 0x1.028p0, 0x1p0, 0x1p0, 0x1p0,
    0x1.fap-1, 0x1.f6p-1, 0x1.f2p-1, 0x1.efp-1, 0x1.ebp-1, 0x1.e7p-1, 0x1.e4p-1, 0x1.ep-1, 0x1.ddp-1, 0x1.d9p-1,
    0x1.d6p-1, 0x1.d2p-1, 0x1.cfp-1, 0x1.ccp-1, 0x1.c9p-1, 0x1.c5p-1, 0x1.c2p-1, 0x1.bfp-1, 0x1.bcp-1, 0x1.b9p-1,
    0x1.b6p-1, 0x1.b3p-1, 0x1.b1p-1, 0x1.aep-1, 0x1.abp-1, 0x1.a8p-1, 0x1.a5p-1, 0x1.a3p-1, 0x1.ap-1, 0x1.9dp-1,
    0x1.9bp-1, 0x1.98p-1, 0x1.96p-1, 0x1.93p-1, 0x1.91p-1, 0x1.8ep-1, 0x1.8cp-1, 0x1.8ap-1, 0x1.87p-1, 0x1.85p-1,
    0x1.83p-1, 0x1.8p-1, 0x1.7ep-1, 0x1.7cp-1, 0x1.7ap-1, 0x1.78p-1, 0x1.75p-1, 0x1.73p-1, 0x1.71p-1, 0x1.6fp-1,
    0x1.6dp-1, 0x1.6bp-1,
};
#else
extern const double POWER_INVERSE[128];
#endif

/* log(c), a multiple of 2^-42 */
#ifdef MINPACK_TABLES
const double POWER_HIGH[128] = {
    -0x1.5ff3070a79p-2, -0x1.5a42ab0f4dp-2, -0x1.548a2c3addp-2, -0x1.4ec97326p-2, -0x1.4a7373cedp-2,
    -0x1.44a41b463cp-2, -0x1.3ecc460ef6p-2, -0x1.38ebdb38edp-2, -0x1.347dd9a988p-2, -0x1.2e8e2bae12p-2,
    -0x1.2895a13de8p-2, -0x1.241558bfd1p-2, -0x1.1e0d0c3371p-2, -0x1.1980d2dd42p-2, -0x1.136870293bp-2,
    -0x1.0ed005f658p-2, -0x1.0a324e2739p-2, -0x1.0402594b4dp-2, -0x1.feb0233e6p-3, -0x1.f550a564b8p-3,
    -0x1.e8c0252aa6p-3, -0x1.df46c0c722p-3, -0x1.d5c216b4fcp-3, -0x1.cc320c0176p-3, -0x1.c2968558c2p-3,
    -0x1.b8ef67042p-3, -0x1.af3c94e80cp-3, -0x1.a57df28244p-3, -0x1.9bb362e7ep-3, -0x1.91dcc8c34p-3,
    -0x1.87fa06520cp-3, -0x1.7e0afd630cp-3, -0x1.740f8f5404p-3, -0x1.6a079d0f7ap-3, -0x1.5ff3070a7ap-3,
    -0x1.55d1ad4232p-3, -0x1.4f099f4a24p-3, -0x1.44d2b6ccb8p-3, -0x1.3a8eb2d31ap-3, -0x1.303d718e48p-3,
    -0x1.29552f82p-3, -0x1.1eed90e2dcp-3, -0x1.1478584674p-3, -0x1.0d77e7cd08p-3, -0x1.02ebb42bf4p-3,
    -0x1.f7b79fec38p-4, -0x1.e27076e2bp-4, -0x1.d4313d66ccp-4, -0x1.beba818148p-4, -0x1.b05b49bee4p-4,
    -0x1.9ab4246204p-4, -0x1.8c345d6318p-4, -0x1.765bf23a6cp-4, -0x1.67bb0726ecp-4, -0x1.590cafdfp-4,
    -0x1.42edcbea64p-4, -0x1.341d7961bcp-4, -0x1.253f62f0ap-4, -0x1.0ed839b554p-4, -0x1.ffae9119b8p-5,
    -0x1.e19070c278p-5, -0x1.b42dd71198p-5, -0x1.95c830ec9p-5, -0x1.77458f633p-5, -0x1.58a5bafc9p-5,
    -0x1.39e87b9fe8p-5, -0x1.1b0d98924p-5, -0x1.d91a66c54p-6, -0x1.9ace7551dp-6, -0x1.5c45a51b9p-6, -0x1.1d7f7eb9fp-6,
    -0x1.bcf712c74p-7, -0x1.3e7295d26p-7, 0x0p0, 0x0p0, 0x0p0, 0x1.82448a388p-7, 0x1.432a92598p-6, 0x1.c63d2ec15p-6,
    0x1.149e3e4008p-5, 0x1.5715c4c04p-5, 0x1.9a187b574p-5, 0x1.ccb73cddd8p-5, 0x1.08598b59e4p-4, 0x1.2207b5c784p-4,
    0x1.4485e03dbcp-4, 0x1.5e95a4d978p-4, 0x1.8197e2f41p-4, 0x1.9c0c32d4d4p-4, 0x1.b6ac88dad4p-4, 0x1.d179788218p-4,
    0x1.f57bc7d9p-4, 0x1.08598b59e4p-3, 0x1.160c8024b2p-3, 0x1.23d712a49cp-3, 0x1.31b994d3a4p-3, 0x1.3fb45a5992p-3,
    0x1.4dc7b897bcp-3, 0x1.5737cc9018p-3, 0x1.6574ebe8c2p-3, 0x1.73cb9074fep-3, 0x1.823c16551ap-3, 0x1.90c6db9fccp-3,
    0x1.9a8778debap-3, 0x1.a93ed3c8aep-3, 0x1.b811730b82p-3, 0x1.c2028ab18p-3, 0x1.d1037f2656p-3, 0x1.db13db0d48p-3,
    0x1.ea4449f04ap-3, 0x1.f474b134ep-3, 0x1.01eae5626cp-2, 0x1.07138604d6p-2, 0x1.0c42d67616p-2, 0x1.14167ef367p-2,
    0x1.1956d3b9bcp-2, 0x1.1e9e16788ap-2, 0x1.269621134ep-2, 0x1.2bef07cdc9p-2, 0x1.314f1e1d36p-2, 0x1.36b6776be1p-2,
    0x1.3c25277333p-2, 0x1.44591e053ap-2, 0x1.49da7f3bccp-2, 0x1.4f637ebbaap-2, 0x1.54f431b7bep-2, 0x1.5a8cadbbeep-2,
    0x1.602d08af09p-2,
};
#else
extern const double POWER_HIGH[128];
#endif

/* log(c), the rest */
#ifdef MINPACK_TABLES
const double POWER_LOW[128] = {
    -0x1.e9e439f105039p-45, 0x1.e63af2df7ba69p-50, -0x1.3167e63081cf7p-45, -0x1.34d7aaf04d104p-45,
    0x1.9a234ebf35449p-44, -0x1.1ee28f37cf612p-44, 0x1.6028627c1300fp-47, -0x1.90582e67d4cap-45,
    0x1.5594dd4c58092p-45, 0x1.67b1e99b72bd8p-45, -0x1.a8d7ad24c13fp-44, -0x1.00fff3228fcadp-44,
    -0x1.af8f2a9b0d4ap-44, -0x1.b7b3a7a361c9ap-45, 0x1.d3e8499d67123p-44, 0x1.2dc75285aa803p-45,
    -0x1.c6bee7ef4030ep-47, -0x1.036b89ef42d7fp-48, -0x1.f316e32d5e8c7p-45, 0x1.323e3a09202fep-45,
    0x1.6805b80e8e6ffp-45, -0x1.a5e82b0b79039p-44, 0x1.1ba91bbca681bp-45, -0x1.409039a653794p-45,
    0x1.cfd73dee38a4p-45, -0x1.87533321788ep-44, 0x1.a4e633fcd9066p-52, -0x1.b99c8ca1d9abbp-44, 0x1.1f2a8a1ce0ffcp-45,
    -0x1.7bc6abddeff46p-44, -0x1.22120401202fcp-44, -0x1.39e7c1d8f1034p-46, 0x1.0b66c99018aa1p-44,
    -0x1.5a3f8448d14f5p-44, 0x1.8586f183bebf2p-44, -0x1.add94dda647e8p-44, 0x1.e9bf2fafeaf27p-44,
    0x1.70cc16135783cp-46, -0x1.bafb77d5d503ep-46, 0x1.680b5ce3ecb05p-50, 0x1.5b967f4471dfcp-44,
    -0x1.615637097648fp-46, -0x1.563451027c75p-46, -0x1.cb2cd2ee2f482p-44, 0x1.5a8fa5ce00e5dp-46,
    0x1.10987e897ed01p-47, 0x1.a342c2af0003cp-45, 0x1.9454379135713p-45, 0x1.89b78b6df1f57p-44,
    -0x1.ff22c18f84a5ep-47, 0x1.8a64826787061p-45, -0x1.b20f5acb42a66p-44, 0x1.ecbc035c4256ap-48,
    -0x1.f724b69ef5912p-49, -0x1.c284f5722abaap-44, -0x1.bc0eeea7c9acdp-46, -0x1.1d0929983761p-44,
    -0x1.416f8fb69a701p-44, 0x1.901f46d48abb4p-44, -0x1.303374262c554p-45, 0x1.fea4664629e86p-45,
    0x1.c827ae5d6704cp-46, 0x1.c148297c5feb8p-45, 0x1.181dce586af09p-44, 0x1.b2b739570ad39p-45,
    -0x1.eafd480ad9015p-44, 0x1.3401e9ae889bbp-44, -0x1.e61f1658cfb9ap-45, 0x1.d75d97ec7c41p-45,
    0x1.63bb6216d87d8p-45, 0x1.4193a83fcc7a6p-46, -0x1.c25e097bd9771p-46, 0x1.609c1ff29a114p-45, 0x0p0, 0x0p0, 0x0p0,
    0x1.4554412c584ep-44, 0x1.98139928637fep-47, -0x1.5439ce030a687p-44, -0x1.2b98a9a4168fdp-44,
    -0x1.8888ddfc47628p-44, -0x1.0c22e4ec4d90dp-44, 0x1.965c36e09f5fep-44, -0x1.7e5dd7009902cp-46,
    0x1.49d8cfc10c7bfp-44, 0x1.fad46e8d26ab7p-44, 0x1.1cb7ce1d17171p-44, -0x1.c0fe460d20041p-44,
    -0x1.ab7c09e838668p-44, 0x1.b1bdff50225c7p-44, 0x1.36433b5efbeedp-44, 0x1.76a6c9ea8b04ep-46,
    -0x1.7e5dd7009902cp-45, 0x1.ec2d2a9009e3dp-45, 0x1.00d238fd3df5cp-46, 0x1.f098ee3a5081p-44, 0x1.19713c0cae559p-44,
    0x1.c79b60ae1ff0fp-47, 0x1.9baa7a6b887f6p-44, -0x1.98c1d34f0f462p-44, -0x1.d66a90d0005a6p-44,
    0x1.e0ddb9a631e83p-46, -0x1.935f57718d7cap-46, 0x1.470fa3efec39p-44, -0x1.8724350562169p-45,
    0x1.e90683b9cd768p-46, -0x1.92e0ee55c7ac6p-45, -0x1.84a7e75b6f6e4p-47, 0x1.2806a847527e6p-44,
    0x1.5e91663732a36p-44, -0x1.bae49f1df7b5ep-44, 0x1.a43dcfade85aep-44, -0x1.e76324e912b17p-44,
    0x1.7188b163ceae9p-45, 0x1.e0c07824daaf5p-44, 0x1.7d2f73ad1aa14p-45, -0x1.82eaed3c8b65ep-44,
    -0x1.1b61f10522625p-44, 0x1.a9cfa4a5004f4p-45, -0x1.8e27ad3213cb8p-45, 0x1.16ecdb0f177c8p-46,
    0x1.83b54b606bd5cp-46, -0x1.6e95892923d88p-47, 0x1.07b334daf4b9ap-44, -0x1.fc158cb3124b9p-44,
    0x1.a8954c0910952p-46, -0x1.7c79b0af7ecf8p-48, 0x1.ebe9176df3f65p-46,
};
#else
extern const double POWER_LOW[128];
#endif

/* (log(1 + r) - r + r^2 / 2) / r^3 on |r| <= 2^-6 */
static const double POWER[7] = {
    0x1.5555555555555p-2, -0x1.0000000000b34p-2, 0x1.999999999adf9p-3, -0x1.555554a212f68p-3, 0x1.249248819b8ep-3,
    -0x1.001667dbd1bdp-3, 0x1.c7452ea70c828p-4,
};

/* (sin(r) - r) / r^3 in r^2 on |r| <= pi / 4 */
static const double SIN[6] = {
    -0x1.5555555555555p-3, 0x1.1111111110bb1p-7, -0x1.a01a019e8357dp-13, 0x1.71de37961e4c6p-19,
    -0x1.ae600a926c89ap-26, 0x1.5e0af186af739p-33,
};

/* (cos(r) - 1 + r^2 / 2) / r^4 in r^2 on |r| <= pi / 4 */
static const double COS[6] = {
    0x1.5555555555555p-5, -0x1.6c16c16c16966p-10, 0x1.a01a019f4e867p-16, -0x1.27e4fa17a41b4p-22,
    0x1.1eeb68b109173p-29, -0x1.907d7aebd5e3dp-37,
};

/* pi / 2: three times 33 bits, and the rest */
static const double HALFPI[4] = {
    0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104,
};

/* pi / 2, in two doubles */
static const double HALFPI_TWO[2] = {
    0x1.921fb54442d18p0, 0x1.1a62633145c07p-54,
};

/* pi, in two doubles */
static const double PI_TWO[2] = {
    0x1.921fb54442d18p1, 0x1.1a62633145c07p-53,
};

/* 2 / pi */
static const double TWO_OVER_PI[1] = {
    0x1.45f306dc9c883p-1,
};

/* (atan(t) - t) / t^3 in t^2 on |t| <= 1/4 */
static const double ATAN[8] = {
    -0x1.555555555555p-2, 0x1.999999999430dp-3, -0x1.2492491d750fap-3, 0x1.c71c6aa249461p-4, -0x1.745b5306153c6p-4,
    0x1.3ad6ab4ad307cp-4, -0x1.0c767370e57afp-4, 0x1.8328931fe09fbp-5,
};

/* atan(0), atan(1/2), atan(1) */
static const double ATAN_HIGH[3] = {
    0x0p0, 0x1.dac670561bb4fp-2, 0x1.921fb54442d18p-1,
};

/* and the rest */
static const double ATAN_LOW[3] = {
    0x0p0, 0x1.a2b7f222f65e2p-56, 0x1.1a62633145c07p-55,
};

/* m^(1/3) on [1, 2] */
static const double CBRT[7] = {
    0x1.cb68f94b94beap-2, 0x1.e33114033c8b7p-1, -0x1.4f65258278179p-1, 0x1.8026ac948a766p-2, -0x1.1d2e558db1d25p-3,
    0x1.e346250683378p-6, -0x1.6254d5208eb99p-9,
};

/* 2^(1/3), 4^(1/3) */
static const double CBRT_TWO[2] = {
    0x1.428a2f98d728bp0, 0x1.965fea53d6e3dp0,
};

/* erf(x) / x - 1 in x^2, |x| <= 1/2 */
static const double ERF[10] = {
    0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b29p-4, -0x1.b82ce3127f739p-6, 0x1.565bcd0aa6349p-8,
    -0x1.c02db23d41138p-11, 0x1.f9a2a6635fe79p-14, -0x1.f4bb9f7301dedp-17, 0x1.b776442df3041p-20,
    -0x1.39fb524e9c1f7p-23,
};

/* exp(x^2) erfc(x) about the middle of each of 40 intervals: twice the first, twelve more */
#ifdef MINPACK_TABLES
const double ERFCX[560] = {
    0x1.ddcd359cbe323p-1, -0x1.6d89043e794b4p-55, -0x1.0300a1aa5dd3bp0, 0x1.bd6d21677277bp-1, -0x1.46c6f62982fffp-1,
    0x1.a900b204da47cp-2, -0x1.f597e75bc61f1p-3, 0x1.10e2a1dbfd2f7p-3, -0x1.14e0fe7074966p-4, 0x1.083b99eb5bd8dp-5,
    -0x1.dd8c79f65ac65p-7, 0x1.9ad54c8f43513p-8, -0x1.529db7914ea1ep-9, 0x1.0b519429cf2bcp-10, 0x1.a36bbb7f3686dp-1,
    -0x1.c5a2bb7afd689p-56, -0x1.a47283b89efb1p-1, 0x1.549642cc98b7cp-1, -0x1.db731eedadcb9p-2, 0x1.280377e6506cap-2,
    -0x1.4ff52d286512cp-3, 0x1.60b0a4e35e5d8p-4, -0x1.5a29d8d0c3bf2p-5, 0x1.403cb892ff6c1p-6, -0x1.190395fd767e3p-7,
    0x1.d63a0cb4dbb44p-9, -0x1.795edefc14a32p-10, 0x1.226d8703d0b1p-11, 0x1.73c189ceaedaep-1, -0x1.fc5f4102b6984p-55,
    -0x1.5961f3e72624ep-1, 0x1.07d2ed9672ef5p-1, -0x1.5e95623582f82p-2, 0x1.a2172c7c2cf12p-3, -0x1.c8693869c5fe4p-4,
    0x1.ce5e4f8f87beep-5, -0x1.b70bfb6ccfa01p-6, 0x1.89c4704a1abe3p-7, -0x1.4f92cee7cf5b9p-8, 0x1.11111b8a7626ep-9,
    -0x1.aac833fc72acep-11, 0x1.4037d25848c7fp-12, 0x1.4c630ec387d55p-1, -0x1.ba4f1dd964be3p-58, -0x1.1ee43d1d3c93p-1,
    0x1.9dbe680d7aaap-2, -0x1.05d8c87862526p-2, 0x1.2b2f9058cfa5fp-3, -0x1.3a3d67d4badcdp-4, 0x1.3342d78308e23p-5,
    -0x1.1a50e55de9e52p-6, 0x1.eb024ab0fe09p-8, -0x1.966bb0390efep-9, 0x1.41aee268fb382p-10, -0x1.e99b584f51446p-12,
    0x1.662a6d6b156e3p-13, 0x1.2b84f076e14fbp-1, 0x1.b8bd1ac5b1324p-55, -0x1.e18ab7052be7fp-2, 0x1.482bd9fad9edp-2,
    -0x1.8bed65e01718dp-3, 0x1.b1a22aa7a6dcp-4, -0x1.b65943018012fp-5, 0x1.9dcc15144e4a9p-6, -0x1.6ff6b386ff82p-7,
    0x1.364eb29895bf6p-8, -0x1.f300debd2a6e7p-10, 0x1.80373419ef1cap-11, -0x1.1cc43fda6d6f4p-12,
    0x1.963e3ce2bfd04p-14, 0x1.0fce4e96dd619p-1, -0x1.72106091fc7a8p-57, -0x1.97fe7bf1c60fp-2, 0x1.071da7f78298dp-2,
    -0x1.2ecd75f4d05d4p-3, 0x1.3e0e0ed6b5f18p-4, -0x1.358dce2b36013p-5, 0x1.1a31bff5246bbp-6, -0x1.e5d3e5009410ap-8,
    0x1.8d62a93496066p-9, -0x1.366c593b1e79p-10, 0x1.d115555119f41p-12, -0x1.4fc0ba28a25d4p-13, 0x1.d3131199b81c2p-15,
    0x1.f0723ff5acdf9p-2, -0x1.7b66a0245a2b1p-58, -0x1.5cbc2c216dfp-2, 0x1.aa32b83507192p-3, -0x1.d43ed8ca5d7a1p-4,
    0x1.d7f26045a23f1p-5, -0x1.ba6d691685942p-6, 0x1.859d3cc5fa8e3p-7, -0x1.44bd2e2d3cb9ap-8, 0x1.01b06204f7457p-9,
    -0x1.87346660ed2a1p-11, 0x1.1d291b8c99fa4p-12, -0x1.9116a8b0c0a8dp-14, 0x1.10137529b56e5p-15,
    0x1.c7f81382721efp-2, -0x1.3f94812c6e547p-62, -0x1.2c84af7c10e14p-2, 0x1.5c775dfc44978p-3, -0x1.6dcc9e7a2c9b5p-4,
    0x1.61fee765ff5d7p-5, -0x1.3fc8366a2e2cfp-6, 0x1.102167daf7975p-7, -0x1.b75cb1ae9f8fcp-9, 0x1.524f5c6d82b9dp-10,
    -0x1.f329aa092d3b6p-12, 0x1.621c11c55d5acp-13, -0x1.e5453647aee2dp-15, 0x1.411126a50493ap-16,
    0x1.9531e09b149b5p-2, -0x1.aa51325362236p-58, -0x1.e78b356770fbbp-3, 0x1.05e72521ca1b8p-3, -0x1.01343a2c92275p-4,
    0x1.d4e711a2df991p-6, -0x1.910a5d7bfa019p-7, 0x1.446c5166c3112p-8, -0x1.f38c6d75c2dd7p-10, 0x1.6fd9a5be8f5a9p-11,
    -0x1.041d7d159683p-12, 0x1.62735a139abb5p-14, -0x1.d50b4239215e4p-16, 0x1.2b010f1cd6699p-17, 0x1.5f88f52f3c76bp-2,
    -0x1.b7eb97ab95a6dp-57, -0x1.797a639d8129dp-3, 0x1.701342cbcea7bp-4, -0x1.4bcdb9d9083cep-5, 0x1.17eba60d31fd1p-6,
    -0x1.bdf24bcca0a44p-8, 0x1.51ab9ffce0895p-9, -0x1.e8ae690498eafp-11, 0x1.535f582c3c469p-12,
    -0x1.c5f95ee1f6016p-14, 0x1.254e37c254d5fp-15, -0x1.70b2d98674df3p-17, 0x1.bfa4278ae184dp-19,
    0x1.3583f6644327bp-2, -0x1.88eb8ec461c37p-56, -0x1.2b11e6959934cp-3, 0x1.0a15ac2adab35p-4, -0x1.ba018e642810cp-6,
    0x1.5a142948a9b34p-7, -0x1.014eae282be7cp-8, 0x1.6d609f6aac695p-10, -0x1.f1b43d76dfa48p-12, 0x1.465ecd36b9b51p-13,
    -0x1.9d615fbb619ebp-15, 0x1.fafbb2f1dc06p-17, -0x1.2ef42ef784635p-18, 0x1.5e83a62885587p-20, 0x1.13e5743b6048p-2,
    0x1.ca1dfca22e2cbp-56, -0x1.e36580c7f734ap-4, 0x1.8a6efeed233adp-5, -0x1.2ef92f6f1079ap-6, 0x1.b99589d40f24p-8,
    -0x1.33237c3ee7628p-9, 0x1.99b60e42d9c2p-11, -0x1.070e0ccd5ad89p-12, 0x1.4631c4c95ba75p-14,
    -0x1.87a581d87c621p-16, 0x1.c858a396a5e01p-18, -0x1.03804e60b7ecap-19, 0x1.1e563e2720ed8p-21,
    0x1.f0fd28fdc20abp-3, 0x1.46db6c3c7c2c2p-57, -0x1.8d6f73d5aa121p-4, 0x1.2adaf7aaf55e1p-5, -0x1.aa2443aac74b4p-7,
    0x1.21decee0edf8ep-8, -0x1.7a181925b840bp-10, 0x1.dab55d6f6075ap-12, -0x1.1fc8913d7ca7cp-13,
    0x1.51e08677d104ap-15, -0x1.81041565058cep-17, 0x1.aaac981f77cb2p-19, -0x1.ce3b3f6ce95b4p-21,
    0x1.e6d2a7af88695p-23, 0x1.c3987d04d0b98p-3, -0x1.f0a1b812e569cp-57, -0x1.4baeac94dc8b2p-4, 0x1.cdc880a056a24p-6,
    -0x1.32a8abc8db399p-7, 0x1.8680d2874938p-9, -0x1.deb45e9cfc0ebp-11, 0x1.1b649b9ad9fb3p-12, -0x1.44f8e8d29fa7ep-14,
    0x1.69c345aceb261p-16, -0x1.87bbe7f670a13p-18, 0x1.9d5772c60298ap-20, -0x1.aafaa3cefcfa2p-22,
    0x1.ad9d0ea51fca5p-24, 0x1.9d7738e1f4db7p-3, 0x1.e59221a531c22p-59, -0x1.18737afe106cep-4, 0x1.6afd3ba3fa642p-6,
    -0x1.c28dd3c4d6776p-8, 0x1.0d40a2ab36977p-9, -0x1.36e9940d2e612p-11, 0x1.5bd1dd62fc4a7p-13,
    -0x1.79dac38f1dc5dp-15, 0x1.8f69346638986p-17, -0x1.9b85c2984805ap-19, 0x1.9de9d96ab13c8p-21,
    -0x1.982217c54f1f9p-23, 0x1.88ad60c211d97p-25, 0x1.7d0a5e9dd571p-3, 0x1.1e8a33d7445f1p-57, -0x1.dfc0205709b2cp-5,
    0x1.21c23afa33c47p-6, -0x1.512f92fca6d78p-8, 0x1.7b404aa4decc6p-10, -0x1.9d6f22275d2efp-12, 0x1.b5d78b2dbaaefp-14,
    -0x1.c35c652a7687cp-16, 0x1.c5b48a0cb5e29p-18, -0x1.bd5e5c75cc06ap-20, 0x1.ab813cc3fe5b8p-22,
    -0x1.92ced69251bc6p-24, 0x1.72f1bde798ae5p-26, 0x1.54a7a08d4bb45p-3, -0x1.6a0d91622a54fp-61,
    -0x1.82a8522b868a1p-5, 0x1.a7eddc9ee6425p-7, -0x1.c24b49c47a3fap-9, 0x1.d085857a18035p-11, -0x1.d25ebba129a98p-13,
    0x1.c882f022fff8bp-15, -0x1.b45d04727fb05p-17, 0x1.97dd7a9259c7ap-19, -0x1.7539374cfb2b8p-21,
    0x1.4ebdb003a6d5bp-23, -0x1.294e3d5afadbfp-25, 0x1.00c9bbd0f9ccep-27, 0x1.2a2af19c1493p-3, -0x1.fa04a06c759ebp-57,
    -0x1.2aa6503acda11p-5, 0x1.22f0664f3cbf9p-7, -0x1.1434ae05873f7p-9, 0x1.fff032a0df8fep-12, -0x1.cfcdea1ad3706p-14,
    0x1.9b50d0d2263c2p-16, -0x1.65778bb154732p-18, 0x1.30c2fc08d1943p-20, -0x1.fe3ad04be1b7dp-23,
    0x1.a3bc45e650389p-25, -0x1.5649281486fa1p-27, 0x1.107446f5e80a2p-29, 0x1.08e62ce8c89adp-3,
    -0x1.dc926b23ea489p-57, -0x1.da3953352497p-6, 0x1.9ef71691a552p-8, -0x1.6373226edf56ap-10, 0x1.2a660fdec0473p-12,
    -0x1.eb88e0e8ca7eep-15, 0x1.8d8e59752aec6p-17, -0x1.3c0776c5b27bdp-19, 0x1.ee335f956fe54p-22,
    -0x1.7c54b68e5bd98p-24, 0x1.2049973785d7dp-26, -0x1.b1a442bcfafb1p-29, 0x1.3f571f5c7f6a8p-31,
    0x1.dc603a3e77e9bp-4, -0x1.d4e9c03d83cb7p-59, -0x1.81149bc4a104bp-6, 0x1.317c144f8b419p-8, -0x1.dc1af883a33e1p-11,
    0x1.6cc10c16255b4p-13, -0x1.12f1743bb95d9p-15, 0x1.9818c0a1b6ab4p-18, -0x1.2a625a7615ffep-20,
    0x1.ae1fad3bbf869p-23, -0x1.31c2c80d5954p-25, 0x1.acf899a8ab632p-28, -0x1.2ad39d5535379p-30,
    0x1.98b932fbaa69ap-33, 0x1.b096face146fep-4, 0x1.97cf1d8facefep-59, -0x1.3e981b3b1359p-6, 0x1.cdeae21161624p-9,
    -0x1.49d492a39eb67p-11, 0x1.d03e19aa11383p-14, -0x1.4230e3ccf08cep-16, 0x1.b93f4735c1d18p-19,
    -0x1.2a435320fb004p-21, 0x1.8e37535218e2bp-24, -0x1.06a2f8a4d7612p-26, 0x1.5668b2bf879f2p-29,
    -0x1.bba41a8b99f7cp-32, 0x1.1ac661a08f5c2p-34, 0x1.8c14049cd551ep-4, -0x1.060a6f698341bp-59,
    -0x1.0bc46cdc18fe6p-6, 0x1.6535040e2c85ap-9, -0x1.d662fda6d50fap-12, 0x1.31dddbe4362a3p-14,
    -0x1.8900e0bd2372cp-17, 0x1.f31a325ab3dafp-20, -0x1.395be092f5d37p-22, 0x1.8530fe1985c5dp-25,
    -0x1.de4158dbea887p-28, 0x1.22d4a97f42fadp-30, -0x1.5fbf1a2c825dp-33, 0x1.a35c7f5330198p-36, 0x1.6d2f811bf7397p-4,
    0x1.8187bb9f18ed1p-58, -0x1.c82c132848f67p-7, 0x1.19a2448fc71d8p-9, -0x1.57e0ab4d7cb1dp-12, 0x1.9f57d767b656cp-15,
    -0x1.f06780723554p-18, 0x1.259fcb450dadap-20, -0x1.57ec1a0c872f8p-23, 0x1.8ef570304ea6ap-26,
    -0x1.ca76126b592cap-29, 0x1.05039b1793b96p-31, -0x1.27b8722f2f7bfp-34, 0x1.4acc3b419ecb8p-37, 0x1.52b80d463c47p-4,
    -0x1.f2f9d225bb42p-58, -0x1.8914e8736d77dp-7, 0x1.c39a4935fa76ap-10, -0x1.00e4e3d2d8508p-12,
    0x1.21808c22d6ecfp-15, -0x1.433e288b7da96p-18, 0x1.65acd3c2f4b68p-21, -0x1.884f46df0a18ep-24,
    0x1.aa9f00ab3f06p-27, -0x1.cc0f558b778c6p-30, 0x1.ec13a8f1e01d1p-33, -0x1.05fa3071900d1p-35,
    0x1.13cabf015cd63p-38, 0x1.31742f4d8d4d3p-4, -0x1.f82bc9584eee2p-59, -0x1.404455ba9f3bep-7, 0x1.4d07bba601411p-10,
    -0x1.5783a27fad41ap-13, 0x1.5f8a69c9ddd43p-16, -0x1.64fcbb7074145p-19, 0x1.67ca2bf715264p-22,
    -0x1.67f15034543efp-25, 0x1.657f3c3d1867fp-28, -0x1.6089a510329a1p-31, 0x1.5941b3e7cf8bcp-34,
    -0x1.53d3a26873434p-37, 0x1.484a032967b8ap-40, 0x1.0e078051f491dp-4, 0x1.52f3783240ab1p-62, -0x1.f57cad15dbe3cp-8,
    0x1.cea22f2be068fp-11, -0x1.a80f2934e8c11p-14, 0x1.82426c7525094p-17, -0x1.5da898d7c8304p-20,
    0x1.3a9b814a45146p-23, -0x1.196240b83ac2cp-26, 0x1.f463bcac095e8p-30, -0x1.ba58d88d91ca7p-33,
    0x1.84d5f2f5f9a23p-36, -0x1.572a6e36e04f3p-39, 0x1.2a4b0597dbfafp-42, 0x1.e3db9bbbefc9ep-5, 0x1.7e11582a07eb1p-61,
    -0x1.93108c9356f33p-8, 0x1.4dfd333e2243cp-11, -0x1.134ff44260796p-14, 0x1.c3904bd3edb9fp-18,
    -0x1.7074a5b54b608p-21, 0x1.2b25ebb3e769fp-24, -0x1.e35fb11eb05cfp-28, 0x1.84a3684fa3748p-31,
    -0x1.36f902a146de6p-34, 0x1.ef53e832fe089p-38, -0x1.8bc561a58262ap-41, 0x1.38470d7978a9dp-44,
    0x1.b634a500659c3p-5, -0x1.0e1b7c803fa6ep-59, -0x1.4ae8bbe708546p-8, 0x1.f197309556b6fp-12,
    -0x1.7481570279721p-15, 0x1.15adcc42ea66dp-18, -0x1.9c3efbbaaab53p-22, 0x1.30be82b9c22ep-25,
    -0x1.c0b4987795c65p-29, 0x1.48ffe3160092dp-32, -0x1.e084d59a631ep-36, 0x1.5d871ef2b5354p-39,
    -0x1.fddc50475cd4ep-43, 0x1.6ff921f1a1eb4p-46, 0x1.90658c4eb57cbp-5, 0x1.34d86d2639732p-59, -0x1.14782b97452f2p-8,
    0x1.7c66d2a104795p-12, -0x1.04c1668352a7ep-15, 0x1.6433d10f6a278p-19, -0x1.e4dce67f49af9p-23,
    0x1.48d73b50790d8p-26, -0x1.bc802d7701542p-30, 0x1.2b635d4e3eb86p-33, -0x1.91ebffe99f795p-37,
    0x1.0ce155a95da51p-40, -0x1.6891b7a35ed1p-44, 0x1.df37753da13cp-48, 0x1.7093453935bbap-5, -0x1.762f5d906ca5bp-61,
    -0x1.d4cddeef787a8p-9, 0x1.2937870fcdf5ep-12, -0x1.77b3f7978e1acp-16, 0x1.d976d0b378988p-20,
    -0x1.296db577f5b12p-23, 0x1.7490dc0038a99p-27, -0x1.d14be2792348dp-31, 0x1.21b2688e73982p-34,
    -0x1.67ad4b6a40705p-38, 0x1.bd45697c3b2fp-42, -0x1.1426320162a63p-45, 0x1.53e6fc9bda2f8p-49, 0x1.556d4dd1f605cp-5,
    -0x1.69934defa7743p-59, -0x1.9276b60443f7cp-9, 0x1.d9243e5cacb1bp-13, -0x1.1560775b6b45fp-16,
    0x1.445d3c99eaf8fp-20, -0x1.7a51b09ecb0ebp-24, 0x1.b81a86a445d3ap-28, -0x1.fea8dccd41442p-32,
    0x1.27818fc0da75dp-35, -0x1.55225307a2c43p-39, 0x1.88d1724ac7b0ap-43, -0x1.c515bd8ba73eep-47,
    0x1.038fcb422c74ap-50, 0x1.3dfeb746148ecp-5, 0x1.bc23265155daap-61, -0x1.5d3dd94e2ae31p-9, 0x1.7eaa573db0fa8p-13,
    -0x1.a2517ed700044p-17, 0x1.c83e256c7b62cp-21, -0x1.f0785eacde974p-25, 0x1.0d829aa28f375p-28,
    -0x1.23f3333e38b4fp-32, 0x1.3b8d10839e566p-36, -0x1.544cf24ae08b5p-40, 0x1.6e2ee9335c3b2p-44,
    -0x1.8a9ad80fb313p-48, 0x1.a6c1b0610b5ecp-52, 0x1.204ddcd967373p-5, 0x1.b3dbe952c68f6p-61, -0x1.1f305584ff3edp-9,
    0x1.1d875467f863ap-13, -0x1.1b561359e7867p-17, 0x1.18a087087955ep-21, -0x1.156b53c5028fep-25,
    0x1.11bbc0ee2c904p-29, -0x1.0d97ad61350a9p-33, 0x1.09057770ec493p-37, -0x1.04082ddfbcedcp-41,
    0x1.fd5d8be9a71f4p-46, -0x1.f80ef882797a6p-50, 0x1.ebdefdb7b2efp-54, 0x1.005fe090c5e5dp-5, -0x1.4a17d4fb6357dp-59,
    -0x1.c661852c5133ap-10, 0x1.920b4fb071805p-14, -0x1.6332593657903p-18, 0x1.3955a9a783db4p-22,
    -0x1.13fdbd8dd2eccp-26, 0x1.e578451b8b28fp-31, -0x1.aa561c4c9abbfp-35, 0x1.75d9d62abe234p-39,
    -0x1.4754d1081d5fbp-43, 0x1.1e30921b3e54cp-47, -0x1.f8912c4abb88ap-52, 0x1.b7d997d8bba38p-56,
    0x1.cd9bc89b73548p-6, -0x1.c8266030733ecp-65, -0x1.705e8c068805p-10, 0x1.259993494e472p-14,
    -0x1.d36fe3dd9012bp-19, 0x1.73a4ded43dff9p-23, -0x1.271eee80e7a61p-27, 0x1.d42321f815b5ep-32,
    -0x1.72d7967ce09aep-36, 0x1.2569bc44c7d68p-40, -0x1.cfbafbfc93ba6p-45, 0x1.6e06563075869p-49,
    -0x1.22d8996219aefp-53, 0x1.ca07207f09851p-58, 0x1.a3bc12161d4ebp-6, -0x1.b352d338a876fp-61,
    -0x1.30a253d642e9cp-10, 0x1.b9bd9f029a792p-15, -0x1.3ff35b4b9dfbap-19, 0x1.cf017aa140a6dp-24,
    -0x1.4eabfd678f84fp-28, 0x1.e35421d7aaefcp-33, -0x1.5ca814a0640bap-37, 0x1.f6830f5e63ffp-42,
    -0x1.69c2eeee20593p-46, 0x1.042dad15ace05p-50, -0x1.78537a32edcdbp-55, 0x1.0e1c8fdeb2f99p-59, 0x1.80d1e88d3c62p-6,
    -0x1.8f9595ed6daf6p-67, -0x1.001a68f1b5449p-10, 0x1.54964558f64cep-15, -0x1.c48d27f6c7d15p-20,
    0x1.2c675fe0705b8p-24, -0x1.8e79b818fc1f7p-29, 0x1.080e891cfa6a8p-33, -0x1.5daa8800664e1p-38,
    0x1.cea3523de00a2p-43, -0x1.31cac610a19dp-47, 0x1.93e7c76a65c25p-52, -0x1.0c0097f656e66p-56,
    0x1.616477dbd5354p-61, 0x1.63438bf2c3ee9p-6, -0x1.1fc73747f8742p-61, -0x1.b49a775427ef7p-11,
    0x1.0c15fcc6f7feap-15, -0x1.48fb6bc69794p-20, 0x1.936a6b39ad229p-25, -0x1.ee543f916c3d2p-30,
    0x1.2ea50cffbea7bp-34, -0x1.724f1ca962e7cp-39, 0x1.c4c5dc64e6a1bp-44, -0x1.1498fc6a76302p-48,
    0x1.51b44516ba696p-53, -0x1.9df70497d558p-58, 0x1.f8b02df580301p-63, 0x1.49ebde7878139p-6, -0x1.d95a87981ced1p-62,
    -0x1.7892d6052da5dp-11, 0x1.ad8ccfc089fa9p-16, -0x1.e9ab4c8d1c2a2p-21, 0x1.16ecc51155d12p-25,
    -0x1.3d8fbf04c7494p-30, 0x1.695291870f4d1p-35, -0x1.9adb10d16ae7p-40, 0x1.d2e2ed4bd6ae9p-45,
    -0x1.091c88ae5adfep-49, 0x1.2ce3bce1d36c9p-54, -0x1.56ae0b99a1642p-59, 0x1.8470963f810adp-64,
    0x1.33f3abfd60d6fp-6, 0x1.060d74c6d8413p-60, -0x1.481e34f76a622p-11, 0x1.5d6955b46bd2ap-16,
    -0x1.73e1a60e21d16p-21, 0x1.8b940e583cbffp-26, -0x1.a48dc57493a19p-31, 0x1.bedc4e961bc8dp-36,
    -0x1.da8d76c9420cep-41, 0x1.f7af51a60f3e6p-46, -0x1.0b27c59578544p-50, 0x1.1b3f03e209bc8p-55,
    -0x1.2d36d75707a41p-60, 0x1.3f01e765cc5fdp-65,
};
#else
extern const double ERFCX[560];
#endif

/* x (lgamma(x) - Stirling's formula) in 1 / x^2, x >= 8 */
static const double STIRLING[7] = {
    0x1.5555555555555p-4, -0x1.6c16c16c149f4p-9, 0x1.a01a017dcf9e1p-11, -0x1.38134d4f8896fp-11, 0x1.b92c33f9445e5p-11,
    -0x1.ef8d748aeb0f2p-10, 0x1.4bffc9d8b455bp-8,
};

/* lgamma(x) / ((x - 1) (x - 2)) about the middle of each of 32 intervals from 1/2 to 8 */
#ifdef MINPACK_TABLES
const double LGAMMA[384] = {
    0x1.7dc0322354787p-1, 0x1.1f9698e69dd92p-57, -0x1.14f8004318f74p-1, 0x1.41ca878cd6461p-1, -0x1.baf0f6ba619ccp-1,
    0x1.4a56777a6dd04p0, -0x1.01f3550a5147p1, 0x1.9f1ead00f2a17p1, -0x1.553acc300dbc7p2, 0x1.1d0dbe672cf9bp3,
    -0x1.e62927c24c941p3, 0x1.9f913c188ec84p4, 0x1.6d9927a957635p-1, 0x1.8bef3c604a2b6p-55, -0x1.e2b8a3fbb5c35p-2,
    0x1.f8131395c992fp-2, -0x1.3737999dea7cdp-1, 0x1.a04a2c22ba744p-1, -0x1.2372c0c1a91d4p0, 0x1.a46622bbc341p0,
    -0x1.35a75681d8229p1, 0x1.cf76104a269e3p1, -0x1.616a76d902b5fp2, 0x1.0e84fe3b5350bp3, 0x1.5f6d77777e8f9p-1,
    -0x1.95e5ed8561b53p-55, -0x1.aa45f59bfdc91p-2, 0x1.94605320d1bap-2, -0x1.c4c461029c4cp-2, 0x1.12815ddb94a8fp-1,
    -0x1.5c61e2861f6f7p-1, 0x1.c76266a00906dp-1, -0x1.2fe43c6e7145bp0, 0x1.9bfd96cadd847p0, -0x1.1c312c1100f6ap1,
    0x1.89f103b914eap1, 0x1.52d85030c3632p-1, 0x1.578b2232b4a7dp-55, -0x1.7c8b5c429e86cp-2, 0x1.4ad5db61e8c4ep-2,
    -0x1.52db1f37fec79p-2, 0x1.77c5e2020f3a4p-2, -0x1.b41c50ed719fep-2, 0x1.049cb9e33a608p-1, -0x1.3dfa7e61349c2p-1,
    0x1.8a05e390a644ap-1, -0x1.f05961493ce01p-1, 0x1.3a56afff632ebp0, 0x1.478f78979e8e4p-1, 0x1.9c09ba7cc3fa1p-55,
    -0x1.56d311cd35c5bp-2, 0x1.13266d15cb58cp-2, -0x1.03b489cbf4906p-2, 0x1.0954e045348b2p-2, -0x1.1baf21a8236dfp-2,
    0x1.3851f18cade7fp-2, -0x1.5efb5dbb48b75p-2, 0x1.9085fcc0570fep-2, -0x1.d04399825db26p-2, 0x1.0eb1a951ae2d3p-1,
    0x1.3d5ad1fa54604p-1, 0x1.5e9fa136db882p-56, -0x1.373c2abc66d68p-2, 0x1.d017d687938cp-3, -0x1.96319d40b5da4p-3,
    0x1.80b8057d97b6bp-3, -0x1.7d4f53dd32839p-3, 0x1.8524984ca3559p-3, -0x1.95574b63de7edp-3, 0x1.acaff3196974dp-3,
    -0x1.cc3ba4bc1dad9p-3, 0x1.f146f5a8b248cp-3, 0x1.340ef867ba582p-1, -0x1.4853778a45cfdp-58, -0x1.1c6f56359b1d3p-2,
    0x1.8c196be555724p-3, -0x1.43345f3eb3a14p-3, 0x1.1d4e3afb4b19p-3, -0x1.078c18ed127bfp-3, 0x1.f5541e3f158a6p-4,
    -0x1.e6a456e5bfe81p-4, 0x1.df96162e19bfp-4, -0x1.df882d3eb815ap-4, 0x1.e2b70c6b1383ap-4, 0x1.2b89baaffdde6p-1,
    -0x1.ef0430fa15314p-55, -0x1.05714b38bae69p-2, 0x1.559840be36f19p-3, -0x1.051139d98e7acp-3, 0x1.af922018daeabp-4,
    -0x1.754675eb033d6p-4, 0x1.4c6bf4f82e439p-4, -0x1.2e1fcafac71a3p-4, 0x1.16c14274dc2c9p-4, -0x1.04d6929ad035ap-4,
    0x1.eb914de999b59p-5, 0x1.1ffbc90ebe138p-1, -0x1.672ca75ffe0ffp-55, -0x1.d112f2b3b57edp-3, 0x1.162eda95b8ee4p-3,
    -0x1.84577cc32a81fp-4, 0x1.2502bc3309ac8p-4, -0x1.ceacb15592137p-5, 0x1.781eacf6e5134p-5, -0x1.3806dd46ec971p-5,
    0x1.06c5778089607p-5, -0x1.c3594ee50d05p-6, 0x1.8425afe5ff83p-6, 0x1.1273305f1abb7p-1, -0x1.b955e86696b04p-56,
    -0x1.939c7d39be5fap-3, 0x1.b24a56b39d39bp-4, -0x1.0fc6c5ac8cd8ap-4, 0x1.6f6f1e7d4832ap-5, -0x1.03e2197d2a6f9p-5,
    0x1.7a89e33284f6cp-6, -0x1.1957424fb5b93p-6, 0x1.a8818f6bd0d5fp-7, -0x1.460f463ad26e1p-7, 0x1.f64c3f63b3266p-8,
    0x1.069fc6dbf31d1p-1, -0x1.9149f8086d40fp-55, -0x1.630c70df1f667p-3, 0x1.5b5dc5be08dc2p-4, -0x1.8a17bf6098a0ep-5,
    0x1.e297bf53a497p-6, -0x1.3521faeaf9432p-6, 0x1.97cf2a36c2453p-7, -0x1.12854e4072049p-7, 0x1.77291d5b9096dp-8,
    -0x1.04acd2b74669p-8, 0x1.6baab18791628p-9, 0x1.f85341d79e78p-2, -0x1.25dea4cbdbc19p-57, -0x1.3bd15648e7adep-3,
    0x1.1b7132981eef2p-4, -0x1.2620eb415fdb8p-5, 0x1.492d5f927d7f9p-6, -0x1.815c1a6beb0fdp-7, 0x1.d08c15e6d90efp-8,
    -0x1.1dc56eb5b7f3ap-8, 0x1.64e476507830dp-9, -0x1.c4d64296940e1p-10, 0x1.20a590a1a8bb7p-10, 0x1.e5a06e5dfae2ap-2,
    -0x1.064ef47167cd9p-56, -0x1.1b8a2e50cbdp-3, 0x1.d6539c27ad25p-5, -0x1.c1c7d16129473p-6, 0x1.cf827ff11fc1dp-7,
    -0x1.f38bfff50ed4fp-8, 0x1.1532dab10f34fp-8, -0x1.39fc5b6e5f8d8p-9, 0x1.69073d3e7b24cp-10, -0x1.a578d2eede5ffp-11,
    0x1.eeaf1a654c234p-12, 0x1.d4c5c0303a8f4p-2, 0x1.9718155b4d25dp-56, -0x1.009230d25df4fp-3, 0x1.8bc0885a5b11cp-5,
    -0x1.5f029f82421a5p-6, 0x1.4f3372a6cc41ep-7, -0x1.4eb2198096179p-8, 0x1.581f7d63efa2dp-9, -0x1.69221206ed196p-10,
    0x1.80b91392f240bp-11, -0x1.9fe9e213d84bp-12, 0x1.c44a0ead47d4fp-13, 0x1.c5782317e9399p-2, 0x1.3ab06dd967505p-60,
    -0x1.d37b9d371f43bp-4, 0x1.510c8665b49fap-5, -0x1.16c7299cfc161p-6, 0x1.f01acecd84deep-8, -0x1.cd6e0377720d8p-9,
    0x1.b9ea1f907a93ap-10, -0x1.affd30be7d5afp-11, 0x1.acb239e4ab164p-12, -0x1.af8bdf86f1345p-13,
    0x1.b52b435b3df56p-14, 0x1.b77c8b7131432p-2, 0x1.2e76d4e20ad28p-57, -0x1.ac6492c8647adp-4, 0x1.2213393256f06p-5,
    -0x1.c19b3bb0b1035p-7, 0x1.76856bce2fa38p-8, -0x1.460562f1f362ap-9, 0x1.2434975448a7p-10, -0x1.0b5329dbd4bbfp-11,
    0x1.f090e9ebec237p-13, -0x1.d3ade5a5eb2cep-14, 0x1.bb6c4dbc60af5p-15, 0x1.a4982ad0ea0dfp-2,
    -0x1.7ce39961cdd67p-57, -0x1.7b5f07b2d5c02p-4, 0x1.d7107a33b3425p-6, -0x1.4da233b874731p-7, 0x1.fb56fb0ea47f6p-9,
    -0x1.92ed5a56af072p-10, 0x1.496fd6dc718e1p-11, -0x1.12ed40bd79d5dp-12, 0x1.d1e178f53f217p-14,
    -0x1.9295fdb43e546p-15, 0x1.5c44df1956d39p-16, 0x1.8e9331cef6549p-2, -0x1.ad65efc6f28d5p-57,
    -0x1.476d23ab17674p-4, 0x1.6e53146b4e576p-6, -0x1.d1b1501e6141ap-8, 0x1.3d42534c41347p-9, -0x1.c33da413f77dep-11,
    0x1.4a4a07e0dc88fp-12, -0x1.ed8276f74dfbep-14, 0x1.765595e47d693p-15, -0x1.21222b7cc44dep-16,
    0x1.bfdf021183965p-18, 0x1.7b6fde69143dcp-2, -0x1.8a9d7b85135f7p-59, -0x1.1e891590bcc41p-4, 0x1.23f152284c7ddp-6,
    -0x1.50c7a43e62a98p-8, 0x1.9fc273acab5d2p-10, -0x1.0bb6a6ba47992p-11, 0x1.62c28e240224bp-13,
    -0x1.dfca5d491ab03p-15, 0x1.4967c23bb3202p-16, -0x1.cc101cdcd9a9dp-18, 0x1.428a2eccbcc4cp-19,
    0x1.6a97b2c1d3cb9p-2, 0x1.bb0f68dffe927p-61, -0x1.fb3da9221ff9ap-5, 0x1.dac1ed6deb288p-7, -0x1.f57b52fec9e1cp-9,
    0x1.1b07308df6b69p-10, -0x1.4d0c44e9ec5dap-12, 0x1.9325573f7097ep-14, -0x1.f1fe1ec8714e6p-16,
    0x1.3845e40530952p-17, -0x1.8dfe7f4a87fe4p-19, 0x1.fdb567c3cfc98p-21, 0x1.5b9c82419623ap-2,
    -0x1.70f001421d6adp-59, -0x1.c54446f2570fdp-5, 0x1.888973e717f35p-7, -0x1.7e85bd27cd821p-9, 0x1.8dcceb6c6c04ap-11,
    -0x1.aefbeac27d5dcp-13, 0x1.e02cb7d53d3dfp-15, -0x1.10ee8815ffb28p-16, 0x1.3afdea0d5b8cdp-18,
    -0x1.71308607b6b93p-20, 0x1.b31d7f8e8fc69p-22, 0x1.4e2b6ae4d11c3p-2, 0x1.47a7013577061p-56, -0x1.9852fb16da685p-5,
    0x1.492f65a96cc3ep-7, -0x1.29d300437b563p-9, 0x1.1f2eda86262c1p-11, -0x1.205088d40b895p-13, 0x1.298fa3836daaep-15,
    -0x1.394dcc3acbecfp-17, 0x1.4ee10280c2e04p-19, -0x1.6b4ef59f5223dp-21, 0x1.8c8dd493ebb22p-23,
    0x1.4204a3477019bp-2, -0x1.446bd59ae9f88p-56, -0x1.7267f59e2bf1cp-5, 0x1.176eb24c6d70dp-7, -0x1.d7fa528b71a0ap-10,
    0x1.a852a3a4b057p-12, -0x1.8ced4f8bf5cfap-14, 0x1.7d9434c0f5bf8p-16, -0x1.762ad90b7c6d6p-18,
    0x1.746e4b124480cp-20, -0x1.78172d72d95f2p-22, 0x1.7e435bcff7b9ep-24, 0x1.36f61f453267fp-2,
    -0x1.f22b1289f07b6p-62, -0x1.520caa081b662p-5, 0x1.df6ce6e7c4b6p-8, -0x1.7bb876a9a35b8p-10, 0x1.3fcd146291cb2p-12,
    -0x1.18135fb2967cbp-14, 0x1.f7fc63a1f448fp-17, -0x1.ce72b47aec4e3p-19, 0x1.aeb12095fb417p-21,
    -0x1.96c9f19e72046p-23, 0x1.82d8ffe80a0bap-25, 0x1.2818a46d82d7dp-2, 0x1.8ef942474511fp-57, -0x1.29a1ab159fcb9p-5,
    0x1.83723d441b7bcp-8, -0x1.18ce7988f884dp-10, 0x1.b02516305391ap-13, -0x1.597c7475b0bfep-15,
    0x1.1b9f34d22b3e9p-17, -0x1.dac4ef3872fdfp-20, 0x1.9345c876a8b21p-22, -0x1.5d5aed002ccc8p-24,
    0x1.2eff7b77897e5p-26, 0x1.16e1f41ba4362p-2, -0x1.39e27c9716e23p-57, -0x1.fe105e680caap-6, 0x1.2b7abaf75f8c9p-8,
    -0x1.862d0183323bfp-11, 0x1.0d58316a85444p-13, -0x1.81f487092bbc7p-16, 0x1.1bc66387163d6p-18,
    -0x1.a94b04fed058fp-21, 0x1.435a9585bc4d3p-23, -0x1.f498b82ba5ed7p-26, 0x1.848c28b62a452p-28, 0x1.08067793138dp-2,
    -0x1.1fa20fc0350a5p-56, -0x1.bb648d33a5c77p-6, 0x1.da95818c3c323p-9, -0x1.18e6d5565c72cp-11,
    0x1.5fcac8150cf53p-14, -0x1.c8d319dde0a7dp-17, 0x1.30347da942425p-19, -0x1.9cc42bf0d61d2p-22,
    0x1.1c108ab2407bfp-24, -0x1.8d88b222800ap-27, 0x1.173921cedeed8p-29, 0x1.f610a9d6c6927p-3, 0x1.fd1513e11f79ep-57,
    -0x1.860799a8fe6cap-6, 0x1.7fc11fd12db8p-9, -0x1.a06e02175a684p-12, 0x1.dd5ac4aeabaafp-15, -0x1.1b7025732908fp-17,
    0x1.59062d8744dffp-20, -0x1.abbd641fc5f8dp-23, 0x1.0ce5671e2cb94p-25, -0x1.5762de342700ap-28,
    0x1.b886eef7e6de8p-31, 0x1.df17a6e91f743p-3, -0x1.41281e5f193fdp-57, -0x1.5a838e1785297p-6, 0x1.3b9eca78cf6cap-9,
    -0x1.3c4558445ea5cp-12, 0x1.4e550dd378427p-15, -0x1.6dd76a175a939p-18, 0x1.9a22d07a70b56p-21,
    -0x1.d41e4dab61711p-24, 0x1.0ede7af5a6fdep-26, -0x1.3e1f37b38b738p-29, 0x1.778d2ba2dabcp-32, 0x1.ca9881730c98ap-3,
    0x1.f331d84b12a75p-57, -0x1.367786c859475p-6, 0x1.0758f9657b547p-9, -0x1.ea664f53c3b4cp-13, 0x1.e11915eebc545p-16,
    -0x1.e83097252acb1p-19, 0x1.fb49d8ff9c019p-22, -0x1.0c40cccbddf52p-24, 0x1.1f972c7453dd9p-27,
    -0x1.38af13be3f7c5p-30, 0x1.55df4077b4e26p-33, 0x1.b829f10666572p-3, 0x1.fda3921b04d1bp-57, -0x1.18344a1bb572cp-6,
    0x1.bcef6f16757dp-10, -0x1.82fa0a62089c8p-13, 0x1.6239b01217098p-16, -0x1.4f2807fcc8b1dp-19,
    0x1.44963fc505151p-22, -0x1.3fd7972b5f56cp-25, 0x1.3f6ab7538900fp-28, -0x1.43515019faa91p-31,
    0x1.493493b5f30dfp-34, 0x1.a779b3885d919p-3, 0x1.12f0ec9f703aep-61, -0x1.fd01204154ff7p-7, 0x1.7bedef91c7726p-10,
    -0x1.3615305d131e9p-13, 0x1.0a14b40748ea2p-16, -0x1.d7b61caffa88bp-20, 0x1.abcd174d26d91p-23,
    -0x1.8aa457af00fd3p-26, 0x1.70e3095889471p-29, -0x1.5d50a50609abbp-32, 0x1.4cd259a13fc7p-35,
};
#else
extern const double LGAMMA[384];
#endif

/* log(2 pi) / 2 - 1 / 2, log(pi) in two doubles, the largest x whose lgamma is finite */
static const double LGAMMA_CONSTANTS[4] = {
    0x1.acfe390c97d69p-2, 0x1.250d048e7a1bdp0, 0x1.7abf2ad8d5088p-57, 0x1.754d9278b51a7p1014,
};

/* weights of the trapezoidal rule, in two doubles */
static const double VOIGT_TW[28] = {
    0x1p-1, 0x0p0, 0x1.8ebef9eac820bp-1, -0x1.797d4686c5393p-57, 0x1.78b56362cef38p-2, -0x1.ca8a4270fadf5p-57,
    0x1.afb718e8457f7p-4, 0x1.39fee37323f9dp-58, 0x1.2c155b8213cf4p-6, 0x1.dfa2bc04cb0acp-60, 0x1.fa0e9586aebc7p-10,
    -0x1.1b19665e2b601p-64, 0x1.02cf22526545ap-13, -0x1.baa4930fbe89fp-67, 0x1.411fb0da07713p-18,
    0x1.94e94ed013199p-72, 0x1.e355bbaee85cbp-24, -0x1.2cd0460668bb8p-79, 0x1.b93de1e27ca3bp-30,
    -0x1.6a3c4abdc49a6p-85, 0x1.e8a37a45fc32ep-37, -0x1.7e71b11e189cbp-92, 0x1.4835bd010a41bp-44,
    0x1.7ab2b43c666b5p-99, 0x1.0b6c3afdde064p-52, -0x1.fe4bbfcd1d1a9p-106, 0x1.0851945bd91fcp-61,
    -0x1.3b6a870787586p-115,
};

/* weights of the midpoint rule, in two doubles */
static const double VOIGT_MW[28] = {
    0x1.e0fabfbc702a4p-1, -0x1.8d0e700fcfb65p-56, 0x1.23ba930c1568bp-1, -0x1.b61343fc21a3bp-64, 0x1.ad48bc25771c7p-3,
    0x1.a72658f708c5cp-57, 0x1.7f251ab1af77bp-5, 0x1.d55308822f7c4p-59, 0x1.9ed300c108a17p-8, -0x1.cec6182a455b2p-62,
    0x1.1068222437d65p-11, 0x1.5fce98a3105e2p-65, 0x1.b1fea4fbb871ap-16, 0x1.3a63e301209c2p-70, 0x1.a3604afdb0929p-21,
    -0x1.58b963eea1cc1p-76, 0x1.eb97d4afc3bd3p-27, 0x1.c1e09f2a5481cp-83, 0x1.5d82c26ce1c09p-33,
    -0x1.e0693f9d34af3p-87, 0x1.2d7026e60ab5ep-40, -0x1.7df737fece9f6p-96, 0x1.3b5e5c86b944p-48,
    -0x1.8d698aca7829bp-102, 0x1.903daec8f0fbp-57, 0x1.f1df1507cab4dp-113, 0x1.3416fe652236ep-66,
    -0x1.45cfc8fef3824p-120,
};

/* sqrt(2), in two doubles */
static const double SQRT2_TWO[2] = {
    0x1.6a09e667f3bcdp0, -0x1.bdd3413b26456p-54,
};

/* h / pi in two doubles, pi / h, 1 / sqrt(2 pi) in two doubles; h = 1/2 */
static const double VOIGT_STEP[5] = {
    0x1.45f306dc9c883p-3, -0x1.6b01ec5417056p-57, 0x1.921fb54442d18p2, 0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56,
};

/* 2 / pi, 32 bits a word, behind two words of zeros */
#ifdef MINPACK_TABLES
const uint64_t WORDS[44] = {
    0x0, 0x0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x6492eea, 0x9d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026,
    0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
    0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1,
    0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d, 0xa9e39161, 0x5ee61b08,
};
#else
extern const uint64_t WORDS[44];
#endif

#pragma GCC visibility pop

/* F(name) for all */
#define MINPACK_TABLES_EACH(F) \
    F(EXP) F(EXP3) F(LN2) F(INVLN2) F(LN2_TWO) F(SINH) F(LOG) F(INVLN10) \
    F(LOG10_2) F(POWER_INVERSE) F(POWER_HIGH) F(POWER_LOW) F(POWER) F(SIN) F(COS) F(HALFPI) \
    F(HALFPI_TWO) F(PI_TWO) F(TWO_OVER_PI) F(ATAN) F(ATAN_HIGH) F(ATAN_LOW) F(CBRT) F(CBRT_TWO) \
    F(ERF) F(ERFCX) F(STIRLING) F(LGAMMA) F(LGAMMA_CONSTANTS) F(VOIGT_TW) F(VOIGT_MW) F(SQRT2_TWO) \
    F(VOIGT_STEP) F(WORDS)
