!> What a bounded fit keeps between two evaluations: its scalars, and where its vectors lie in the work array.
module bounded_state_m
    use, intrinsic :: iso_c_binding, only: c_funptr, c_int, c_ptr
    use machine_m, only: dp, machine
    implicit none
    private
    public :: bounded_fit, bounded_state, matrices

    !> The next thing for the caller to do.
    integer(c_int), parameter, public :: task_done = 0, task_jacobian = 1, task_trial = 2, task_start = 3, task_loss = 4, &
                                         task_factor = 5, task_propose = 6, task_again = 7

    integer(c_int), parameter, public :: method_trf = 0, method_dogbox = 1
    integer(c_int), parameter, public :: loss_linear = 0, loss_huber = 1, loss_soft_l1 = 2, loss_cauchy = 3, &
                                         loss_arctan = 4, loss_callable = 5
    integer(c_int), parameter, public :: fresh_jacobian = 1, fresh_shape = 2, fresh_factor = 3
    integer(c_int), parameter, public :: scale_given = 0, scale_jac = 1

    !> Outcomes: SciPy's if it has one, and below -2 those that it raises. The numbers left out are those of batches.
    integer(c_int), parameter, public :: status_max_nfev = 0, status_gtol = 1, status_ftol = 2, status_xtol = 3, &
                                         status_both = 4, status_improper = -1, status_residuals = -3, &
                                         status_bounds = -6, status_outside = -7, status_jacobian = -8

    type, bind(c) :: bounded_state
        type(machine) :: mach
        real(dp) :: ftol, xtol, gtol       !! tolerances; 0 turns a test off
        real(dp) :: f_scale                !! C of the losses, > 0
        integer(c_int) :: method           !! method_trf or method_dogbox
        integer(c_int) :: loss             !! one of loss_*
        integer(c_int) :: scaling          !! scale_given: as the caller says; scale_jac: from the Jacobian
        integer(c_int) :: m, n             !! number of residuals and of parameters, each >= 1; m < n is allowed
        integer(c_int) :: max_nfev         !! limit on evaluations of the residuals, > 0, never passed
        integer(c_int) :: task             !! what is needed next
        integer(c_int) :: status           !! the outcome, where task is task_done
        integer(c_int) :: nfev, njev       !! evaluations so far: at x0 and at trial points, and Jacobians
        integer(c_int) :: nit              !! iterations done: their last step was accepted, or the fit ended
        integer(c_int) :: bounded          !! 1 where any bound is finite
        integer(c_int) :: moved            !! 1 where x was set on a bound after its trial: fvec is that of the trial
        integer(c_int) :: fresh            !! 0, or how far the first proposal after a Jacobian is: fresh_*
        integer(c_int) :: fast             !! 1 where the factor is surely of full rank: triangular solves are enough
        integer(c_int) :: full_rank        !! 1 where no singular value of the factor counts as 0
        integer(c_int) :: spectrum         !! 1 where the singular values of the factor are known
        integer(c_int) :: hit              !! 1 where the step reaches the end of the trust region
        real(dp) :: initial_cost, cost     !! half the sum of squares, or what the loss makes of it
        real(dp) :: reduction, step_norm   !! of the last trial; 0 after an iteration without progress
        real(dp) :: g_norm                 !! largest scaled component of the gradient
        real(dp) :: delta                  !! radius of the trust region
        real(dp) :: alpha                  !! Levenberg-Marquardt parameter
        real(dp) :: theta                  !! share of the way to a bound that a step may go
        real(dp) :: predicted              !! reduction that the model promises
        real(dp) :: scaled_norm            !! length of the step in the norm of the trust region
        real(dp) :: outlying               !! largest residual corrected for the loss; 0 without one
        real(dp) :: line_a, line_b         !! dogbox: the model along the negative gradient
    end type bounded_state

    !> What a fit (fit_state.f90) has beyond the arrays of all methods if it is bounded. The caller owns these, too.
    type, bind(c) :: bounded_fit
        type(bounded_state) :: s
        type(c_ptr) :: lower  !! (n): bounds, infinite where there are none
        type(c_ptr) :: upper  !! (n)
        type(c_ptr) :: scale  !! (n): of each parameter
        type(c_ptr) :: grad   !! (n): gradient of the cost
        type(c_ptr) :: a      !! (max(m, n), n): scratch, for the factors of the Jacobian
        type(c_ptr) :: rho    !! (m, 4): a callable loss, its derivatives, and scratch of the drivers; looked at only with one
        type(c_ptr) :: work   !! (n, matrices*n + vectors)
        type(c_ptr) :: iwork  !! (n, integers)
        type(c_funptr) :: callable  !! that loss, for the drivers
    end type bounded_fit

    !> The work array: r(n, n), R of the Jacobian; t(2n, n), the factor of the scaled and augmented Jacobian; w(n, n), its
    !! right singular vectors; and then vectors of n.
    integer, parameter :: matrices = 4
    integer, parameter, public :: v_qtf = 1, v_acnorm = 2, v_inv = 3, v_v = 4, v_dv = 5, v_d = 6, v_gh = 7, v_step = 8, &
                                  v_sh = 9, v_newton = 10, v_rhs = 11, v_sigma = 13, v_uf = 14, v_free = 15, v_wa = 16, &
                                  vectors = 26
    !> The integer work array, vectors of n: the permutations of R and of t, dogbox's bounds at x and at the trial.
    integer, parameter, public :: i_r = 1, i_t = 2, i_on = 3, i_new = 4, integers = 4

end module bounded_state_m
