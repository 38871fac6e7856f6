-- Module quantise: <8,4> to two formats
-- An event may start every clock. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity quantise is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    x : in std_logic_vector(7 downto 0);  -- 1 of <8,4>
    even : out std_logic_vector(4 downto 0);  -- 1 of <5,3>
    floor : out std_logic_vector(2 downto 0);  -- 1 of u<3,2>
    done : out std_logic
  );
end entity;

architecture rtl of quantise is
  signal x_1 : signed(7 downto 0);
  signal v1 : signed(5 downto 0);
  signal v3 : signed(5 downto 0);
  signal v4 : unsigned(0 downto 0);
  signal v5 : unsigned(0 downto 0);
  signal v6 : signed(0 downto 0);
  signal v7 : signed(0 downto 0);
  signal v8 : unsigned(0 downto 0);
  signal v9 : unsigned(0 downto 0);
  signal v10 : unsigned(0 downto 0);
  signal v11 : signed(6 downto 0);
  signal v12 : unsigned(0 downto 0);
  signal v13 : unsigned(0 downto 0);
  signal v14 : unsigned(0 downto 0);
  signal v15 : signed(6 downto 0);
  signal v18 : signed(5 downto 0);
  signal v19 : signed(4 downto 0);
  signal v20 : signed(4 downto 0);
  signal v21 : unsigned(2 downto 0);
begin
  x_1 <= signed(x);  -- <8,4> @0 x
  v1 <= x_1(7 downto 2);  -- <6,4> @0
  v3 <= x_1(7 downto 2);  -- <6,2> @0
  v4 <= unsigned(v3(0 downto 0));  -- u<1,-3> @0
  v5 <= v4;  -- u<1,1> @0
  v6 <= x_1(0 downto 0);  -- <1,-3> @0
  v7 <= v6;  -- <1,1> @0
  v8 <= unsigned'("1") when to_signed(0, 2) = v7 else unsigned'("0");  -- u<1,1> @0
  v9 <= v8 xor unsigned'("1");  -- u<1,1> @0
  v10 <= v5 or v9;  -- u<1,1> @0
  v11 <= x_1(7 downto 1);  -- <7,3> @0
  v12 <= unsigned(v11(0 downto 0));  -- u<1,-3> @0
  v13 <= v12;  -- u<1,1> @0
  v14 <= v10 and v13;  -- u<1,1> @0
  v15 <= resize(v1, 7) + signed(resize(v14, 7));  -- <7,5> @0
  v18 <= v15(5 downto 0) when unsigned(v15(6 downto 6)) = unsigned'("1") or unsigned(v15(5 downto 4)) = to_unsigned(0, 2) else to_signed(15, 6);  -- <6,4> @0
  v19 <= v18(4 downto 0) when unsigned(v18(5 downto 5)) = unsigned'("0") or unsigned(v18(4 downto 4)) = unsigned'("1") else to_signed(-16, 5);  -- <5,3> @0
  v20 <= x_1(7 downto 3);  -- <5,4> @0
  v21 <= unsigned(v20(2 downto 0));  -- u<3,2> @0
  even <= std_logic_vector(v19);
  floor <= std_logic_vector(v21);
  done <= start;
end architecture;
