/* All kernels. */
#pragma once

#include "exponential.h"
#include "logarithm.h"
#include "power.h"
#include "trigonometric.h"
#include "hyperbolic.h"
#include "roots.h"
#include "inverse.h"
#include "error.h"
#include "gamma.h"
#include "deviance.h"
#include "voigt.h"
#include "voigt_slopes.h"
