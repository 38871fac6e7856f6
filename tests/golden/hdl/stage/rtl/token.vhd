-- Module token: squared length of one token a clock
-- An event may start every 2 clocks. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity token is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    p : in std_logic_vector(7 downto 0);  -- 2 of <4,4>
    length2 : out std_logic_vector(8 downto 0)  -- 1 of u<9,9>
  );
end entity;

architecture rtl of token is
  signal delayed_start : std_logic_vector(0 downto 0);  -- bit k is high at local clock k + 1
  signal px : signed(3 downto 0);
  signal py : signed(3 downto 0);
  signal v2 : unsigned(6 downto 0);
  signal v3 : unsigned(6 downto 0);
  signal v4 : unsigned(7 downto 0);
  signal v5 : unsigned(7 downto 0);
  signal sum : unsigned(8 downto 0);
begin
  px <= signed(p(3 downto 0));  -- <4,4> @0 x2
  py <= signed(p(7 downto 4));  -- <4,4> @0 x2
  v2 <= resize(unsigned(px * px), 7);  -- u<7,7> @0 x2
  v3 <= resize(unsigned(py * py), 7);  -- u<7,7> @0 x2
  v4 <= resize(v2, 8) + resize(v3, 8);  -- u<8,8> @0 x2
  length2 <= std_logic_vector(sum);

  registers : process (clk)
  begin
    if rising_edge(clk) then
      delayed_start(0) <= start;
      v5 <= v4;  -- u<8,8> @1 x2
      sum <= resize(v5, 9) when delayed_start(0) = '1' else sum + resize(v5, 9);  -- u<9,9> @3
    end if;
  end process;
end architecture;
