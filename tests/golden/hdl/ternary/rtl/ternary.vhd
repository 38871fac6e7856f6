-- Module ternary: two sums of three
-- An event may start every clock. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity ternary is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    x : in std_logic_vector(7 downto 0);  -- 2 of <4,4>
    z : in std_logic_vector(2 downto 0);  -- 1 of u<3,3>
    y : out std_logic_vector(17 downto 0);  -- 2 of <9,9>
    done : out std_logic
  );
end entity;

architecture rtl of ternary is
  signal a : signed(3 downto 0);
  signal b : signed(3 downto 0);
  signal c : unsigned(2 downto 0);
  signal sum : signed(5 downto 0);
  signal high : signed(8 downto 0);
begin
  a <= signed(x(3 downto 0));  -- <4,4> @0
  b <= signed(x(7 downto 4));  -- <4,4> @0
  c <= unsigned(z);  -- u<3,3> @0
  sum <= (resize(a, 6) - resize(b, 6)) + (signed(resize(c, 5)) & "0");  -- <6,6> @0
  high <= (signed(resize(c, 9)) - (resize(a, 7) & "00")) - (resize(b, 5) & "0000");  -- <9,9> @0
  y <= std_logic_vector(high) & std_logic_vector(resize(sum, 9));
  done <= start;
end architecture;
