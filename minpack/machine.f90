!> What every routine of the core shares: the real kind, the machine parameters, and NaN-aware extrema.
module machine_m
    use, intrinsic :: iso_c_binding, only: c_double, c_int
    implicit none
    private
    public :: dp, machine, machine_parameters, larger, smaller

    integer, parameter :: dp = c_double

    !> The constants in which the two references differ; all else in the core is common to them.
    type, bind(c) :: machine
        real(dp) :: epsmch  !! spacing of the numbers just above 1
        real(dp) :: dwarf   !! smallest normal number
        real(dp) :: rdwarf  !! enorm scales components below this
        real(dp) :: rgiant  !! enorm scales components above rgiant / n
    end type machine

contains

    !> The machine parameters of SciPy 1.18 and later (reference = 0) or of netlib's MINPACK (reference = 1).
    !!
    !! netlib's decimal constants are a little off the powers of two that they stand for, which shows in the
    !! bits of nearly every forward-difference run.
    !!
    !! Source: netlib MINPACK DPMPAR and ENORM for reference = 1; SciPy 1.18.1, by running it, for reference = 0.
    pure subroutine machine_parameters(reference, mach) bind(c, name="minpack_machine_parameters")
        integer(c_int), value :: reference
        type(machine), intent(out) :: mach

        if (reference == 1) then
            mach%epsmch = 2.22044604926e-16_dp
            mach%dwarf = 2.22507385852e-308_dp
            mach%rdwarf = 3.834e-20_dp
            mach%rgiant = 1.304e19_dp
        else
            mach%epsmch = epsilon(1.0_dp)
            mach%dwarf = tiny(1.0_dp)
            mach%rgiant = sqrt(2.0_dp) * 2.0_dp**63
            mach%rdwarf = 0.5_dp / mach%rgiant
        end if
    end subroutine machine_parameters

    !> The larger of two numbers, or the one that is not NaN. MAX leaves that case to the compiler.
    pure elemental function larger(a, b) result(c)
        real(dp), intent(in) :: a, b
        real(dp) :: c

        c = a
        if (b > a .or. a /= a) c = b
    end function larger

    !> The smaller of two numbers, or the one that is not NaN. MIN leaves that case to the compiler.
    pure elemental function smaller(a, b) result(c)
        real(dp), intent(in) :: a, b
        real(dp) :: c

        c = a
        if (b < a .or. a /= a) c = b
    end function smaller

end module machine_m
