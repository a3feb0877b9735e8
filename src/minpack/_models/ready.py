"""The ready models: each a formula, with natural limits, derived quantities and where to search for a start."""

from __future__ import annotations

from typing import Any

from .model import Model
from .starts import Grid

_POSITIVE = (0.0, float("inf"))
_FROM_0_TO_1 = (0.0, 1.0)


def _ready(
    name: str, about: str, text: str, search: dict[str, str] | Grid | None = None, *,
    predictors: tuple[str, ...] = ("x",), positive: str = "", natural: dict[str, Any] | None = None, **derived: str,
) -> Model:  # fmt: skip
    """A model; `positive` lists parameters that are."""
    limits = dict.fromkeys(positive.split(), _POSITIVE) | (natural or {})
    words = [f"{about}\n\n    {text}"]
    if limits:
        ranges = (f"{key} from {low:g} to {high:g}" for key, (low, high) in limits.items())
        words.append(f"Natural limits: {', '.join(ranges)}.")
    if derived:
        words.append("Derived: " + ", ".join(f"{key} = {way}" for key, way in derived.items()) + ".")
    grid = search if isinstance(search, Grid) else Grid(search or {})
    return Model(text, predictors, name=name, natural=limits, derived=derived, grid=grid, about="\n\n".join(words))


def polynomial(degree: int) -> Model:
    """A polynomial c0 + c1*x + ... of a degree from 1 to 20."""
    if not isinstance(degree, int) or not 1 <= degree <= 20:
        raise ValueError(f"degree must be a whole number from 1 to 20; got {degree!r}")
    text = "c0 + c1*x" + "".join(f" + c{k}*x^{k}" for k in range(2, degree + 1))
    return _ready(f"polynomial{degree}", f"A polynomial of degree {degree}.", text)


_ROOT = "sqrt(2*ln(2))"
_ALONG = "(cos(angle)*(x - center_x) + sin(angle)*(y - center_y))"
_ACROSS = "(cos(angle)*(y - center_y) - sin(angle)*(x - center_x))"
_IN_2D = {"center_x": "x position", "center_y": "y position"}

MODELS = {model.__name__: model for model in (
    _ready("line", "A straight line.", "intercept + slope*x", x_at_zero="-intercept/slope"),
    # peaks
    _ready("gaussian", "A Gaussian peak; sigma is its standard deviation.", "height*exp(-(x - center)^2/(2*sigma^2))",
           {"center": "position", "sigma": "width"}, positive="sigma",
           fwhm=f"2*{_ROOT}*abs(sigma)", area="height*abs(sigma)*sqrt(2*pi)"),
    _ready("lorentzian", "A Lorentzian peak; gamma is half its width at half maximum.",
           "height/(1 + ((x - center)/gamma)^2)", {"center": "position", "gamma": "width"}, positive="gamma",
           fwhm="2*abs(gamma)", area="pi*height*abs(gamma)"),
    _ready("voigt", "A Voigt peak: a Gaussian (sigma) folded with a Lorentzian (gamma). The FWHM is that of Olivero "
           "and Longbothum (1977), to 0.02 %.", "area*voigt(x - center, sigma, gamma)",
           {"center": "position", "sigma": "width", "gamma": "=sigma"}, positive="sigma gamma",
           fwhm="1.0692*gamma + sqrt(0.86639*gamma^2 + 8*ln(2)*sigma^2)", height="area*voigt(0, sigma, gamma)"),
    _ready("pseudo_voigt", "A Lorentzian (fraction) and a Gaussian (the rest) of the same width and height.",
           "height*(exp(-ln(2)*(2*(x - center)/fwhm)^2)*(1 - fraction) + fraction/(1 + (2*(x - center)/fwhm)^2))",
           {"center": "position", "fwhm": "width", "fraction": "fraction"}, positive="fwhm",
           natural={"fraction": _FROM_0_TO_1},
           area="height*abs(fwhm)/2*(fraction*pi + (1 - fraction)*sqrt(pi/ln(2)))"),
    _ready("moffat", "A Moffat peak, as of stars.", "height*(1 + ((x - center)/width)^2)^-beta",
           {"center": "position", "width": "width", "beta": "shape"}, positive="width beta",
           fwhm="2*abs(width)*sqrt(2^(1/beta) - 1)"),
    _ready("lognormal", "A log-normal peak over positive x.",
           "area*exp(-(ln(x) - mu)^2/(2*sigma^2))/(x*sigma*sqrt(2*pi))",
           {"mu": "log of position", "sigma": "log width"}, positive="sigma",
           median="exp(mu)", mode="exp(mu - sigma^2)", mean="exp(mu + sigma^2/2)"),
    # decays and growth
    _ready("exponential_decay", "A decay to an offset; tau is its time.", "amplitude*exp(-x/tau) + offset",
           {"tau": "time"}, positive="tau", half_life="ln(2)*tau", rate="1/tau"),
    _ready("double_exponential_decay", "Two decays to an offset.",
           "amplitude1*exp(-x/tau1) + amplitude2*exp(-x/tau2) + offset",
           Grid({"tau1": "time", "tau2": "time"}, ascending=("tau1", "tau2")), positive="tau1 tau2",
           half_life1="ln(2)*tau1", half_life2="ln(2)*tau2"),
    _ready("stretched_exponential", "A stretched decay (Kohlrausch) to an offset.",
           "amplitude*exp(-(x/tau)^beta) + offset", {"tau": "time", "beta": "shape"}, positive="tau beta",
           half_life="tau*ln(2)^(1/beta)"),
    _ready("exponential_rise", "A rise from 0 to a plateau (Box-Lucas).", "plateau*(1 - exp(-x/tau))", {"tau": "time"},
           positive="tau", half_time="ln(2)*tau", initial_slope="plateau/tau"),
    _ready("exponential_growth", "Growth, or decay, without a limit.", "initial*exp(rate*x)",
           {"rate": "rate up or down"}, doubling_time="ln(2)/rate"),
    _ready("second_order_decay", "A decay of second order.", "initial/(1 + initial*k*x)",
           Grid({"q": "rate"}, "initial/(1 + q*x)", {"k": "q/initial"}), positive="k", half_life="1/(initial*k)"),
    _ready("logistic", "Logistic growth.", "capacity*logistic(rate*(x - midpoint))",
           {"rate": "rate up or down", "midpoint": "position"}, positive="capacity", steepest="capacity*rate/4"),
    _ready("gompertz", "Gompertz growth; the midpoint is where it is steepest.",
           "capacity*exp(-exp(-rate*(x - midpoint)))", {"rate": "rate", "midpoint": "position"},
           positive="capacity rate", steepest="capacity*rate/exp(1)"),
    _ready("power_law", "A power of positive x.", "amplitude*x^exponent", {"exponent": "exponent"}),
    # doses, kinetics, sorption
    _ready("dose_response", "Four parameters: from bottom to top with the dose x, halfway at ec50.",
           "bottom + (top - bottom)/(1 + (ec50/x)^hill)", {"ec50": "log position", "hill": "steepness"},
           positive="ec50 hill", log_ec50="log10(ec50)", span="top - bottom"),
    _ready("dose_response_5", "Five parameters: a dose response with asymmetry.",
           "bottom + (top - bottom)/(1 + (midpoint/x)^hill)^asymmetry",
           {"midpoint": "log position", "hill": "steepness", "asymmetry": "few shapes"},
           positive="midpoint hill asymmetry", ec50="midpoint/(2^(1/asymmetry) - 1)^(1/hill)"),
    _ready("hill", "Binding with cooperativity.", "bmax*x^hill/(k^hill + x^hill)",
           {"k": "log position", "hill": "steepness"}, positive="k hill", log_k="log10(k)"),
    _ready("michaelis_menten", "The rate of an enzyme over the concentration of its substrate.", "vmax*x/(km + x)",
           {"km": "log position"}, positive="km", initial_slope="vmax/km"),
    _ready("substrate_inhibition", "Michaelis-Menten, with inhibition by the substrate (Haldane).",
           "vmax*x/(km + x + x^2/ki)", {"km": "log position", "ki": "log position"}, positive="km ki",
           optimum="sqrt(km*ki)"),
    _ready("langmuir", "Sorption to equal sites.", "capacity*k*x/(1 + k*x)", {"k": "inverse log position"},
           positive="k", half_saturation="1/k"),
    _ready("freundlich", "Sorption to unequal sites.", "k*x^(1/n)", {"n": "shape"}, positive="k n"),
    _ready("arrhenius", "A rate over the temperature x in kelvin; the energy is in J/mol.",
           "prefactor*exp(-energy/(8.314462618*x))", {"energy": "energy"}, positive="prefactor",
           energy_in_ev="energy/96485.33212"),
    # waves
    _ready("sine", "A sine; the frequency is in periods per x.", "amplitude*sin(2*pi*frequency*x + phase) + offset",
           Grid({"frequency": "frequency"}, "s*sin(2*pi*frequency*x) + c*cos(2*pi*frequency*x) + offset",
                {"amplitude": "hypot(s, c)", "phase": "atan2(c, s)"}), positive="frequency", period="1/frequency"),
    _ready("damped_sine", "A sine that decays with the time tau.",
           "amplitude*exp(-x/tau)*sin(2*pi*frequency*x + phase) + offset",
           Grid({"frequency": "frequency", "tau": "width"},
                "exp(-x/tau)*(s*sin(2*pi*frequency*x) + c*cos(2*pi*frequency*x)) + offset",
                {"amplitude": "hypot(s, c)", "phase": "atan2(c, s)"}), positive="frequency tau", period="1/frequency",
           quality="pi*frequency*tau"),
    _ready("damped_oscillator", "The amplitude of a driven oscillator over the frequency x; the damping is relative "
           "to the critical one.", "amplitude/sqrt((1 - (x/center)^2)^2 + (2*damping*x/center)^2)",
           {"center": "position", "damping": "damping"}, positive="center damping", quality="1/(2*damping)"),
    # steps
    _ready("step_erf", "A step, smoothed by a Gaussian.", "offset + height*(1 + erf((x - center)/(sigma*sqrt(2))))/2",
           {"center": "position", "sigma": "width"}, positive="sigma", width_10_90="2.5631031310892007*abs(sigma)"),
    _ready("step_arctan", "A step, smoothed by a Lorentzian.", "offset + height*(0.5 + atan((x - center)/width)/pi)",
           {"center": "position", "width": "width"}, positive="width"),
    _ready("step_fermi", "A step, as of Fermi and Dirac.", "offset + height*logistic((x - center)/width)",
           {"center": "position", "width": "width"}, positive="width", width_10_90="2*ln(9)*abs(width)"),
    # images: x[0] and x[1]
    _ready("plane", "A plane.", "intercept + slope_x*x + slope_y*y", predictors=("x", "y")),
    _ready("gaussian2d", "A round Gaussian spot.",
           "height*exp(-((x - center_x)^2 + (y - center_y)^2)/(2*sigma^2)) + offset",
           {**_IN_2D, "sigma": "width in x and y"}, predictors=("x", "y"), positive="sigma",
           fwhm=f"2*{_ROOT}*abs(sigma)", volume="2*pi*height*sigma^2"),
    _ready("gaussian2d_elliptic", "A Gaussian spot with its axes along x and y.",
           "height*exp(-(x - center_x)^2/(2*sigma_x^2) - (y - center_y)^2/(2*sigma_y^2)) + offset",
           {**_IN_2D, "sigma_x": "width in x and y", "sigma_y": "=sigma_x"}, predictors=("x", "y"),
           positive="sigma_x sigma_y", volume="2*pi*height*abs(sigma_x*sigma_y)", ratio="abs(sigma_x/sigma_y)"),
    _ready("gaussian2d_rotated", "A Gaussian spot with its axes at an angle, in radians.",
           f"height*exp(-{_ALONG}^2/(2*sigma_major^2) - {_ACROSS}^2/(2*sigma_minor^2)) + offset",
           Grid({**_IN_2D, "sigma_minor": "width in x and y", "sigma_major": "width in x and y", "angle": "angle"},
                ascending=("sigma_minor", "sigma_major")), predictors=("x", "y"), positive="sigma_major sigma_minor",
           volume="2*pi*height*abs(sigma_major*sigma_minor)", degrees="angle*180/pi"),
)}  # fmt: skip
