"""The optician's formulae: plain functions of numbers, in dioptres, millimetres and degrees, with nothing but `math`.

Everything in it sees the front of the spectacles: x to the right, y up, the wearer's right lens on the left, angles
counter-clockwise from three o'clock (the usual axis notation for both eyes). Results are not rounded.
"""
