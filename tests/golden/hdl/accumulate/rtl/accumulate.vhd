-- Module accumulate: sum and largest of 4 beats
-- An event may start every 4 clocks. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity accumulate is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    x : in std_logic_vector(3 downto 0);  -- 1 of <4,2>
    y : out std_logic_vector(6 downto 0);  -- 1 of <7,5>
    done : out std_logic
  );
end entity;

architecture rtl of accumulate is
  signal delayed_start : std_logic_vector(4 downto 0);  -- bit k is high at local clock k + 1
  signal x_1 : signed(3 downto 0);
  signal sum : signed(5 downto 0);
  signal largest : signed(3 downto 0);
  signal sum_4_largest : signed(6 downto 0);
  signal kept : signed(6 downto 0);
begin
  x_1 <= signed(x);  -- <4,2> @0 x4 x
  sum_4_largest <= resize(sum, 7) - (resize(largest, 5) & "00");  -- <7,5> @4 sum - 4 * largest
  y <= std_logic_vector(kept);
  done <= delayed_start(4);

  registers : process (clk)
  begin
    if rising_edge(clk) then
      delayed_start <= delayed_start(3 downto 0) & start;
      sum <= resize(x_1, 6) when start = '1' else sum + resize(x_1, 6);  -- <6,4> @4
      if start = '1' or largest < x_1 then largest <= x_1; end if;  -- <4,2> @4
      if delayed_start(3) = '1' then kept <= sum_4_largest; end if;  -- <7,5> @5 x4 held
    end if;
  end process;
end architecture;
