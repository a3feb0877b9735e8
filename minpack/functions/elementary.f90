!> Functions of one number that are written in C: Fortran's own are libm's, whose bits depend on its version and the
!! processor, or need a library of the compiler's.
module elementary_m
    use machine_m, only: dp
    implicit none
    private
    public :: arctangent, cube_root, decimal_log, inverse_power, log1p, next_up

    interface

        pure function arctangent(x) bind(c, name="minpack_arctan_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: arctangent
        end function arctangent

        pure function cube_root(x) bind(c, name="minpack_cbrt_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: cube_root
        end function cube_root

        pure function decimal_log(x) bind(c, name="minpack_log10_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: decimal_log
        end function decimal_log

        pure function inverse_power(x) bind(c, name="minpack_inverse_power_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: inverse_power
        end function inverse_power

        pure function log1p(x) bind(c, name="minpack_log1p_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: log1p
        end function log1p

        pure function next_up(x) bind(c, name="minpack_next_up_of")
            import :: dp
            real(dp), value :: x
            real(dp) :: next_up
        end function next_up

    end interface

end module elementary_m
