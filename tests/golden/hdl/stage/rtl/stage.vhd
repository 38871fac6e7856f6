-- Module stage: sum over 4 tokens in 2 lanes
-- An event may start every 2 clocks. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity stage is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    tokens : in std_logic_vector(15 downto 0);  -- 4 of <4,4>
    total : out std_logic_vector(9 downto 0);  -- 1 of u<10,10>
    done : out std_logic
  );
end entity;

architecture rtl of stage is
  signal delayed_start : std_logic_vector(3 downto 0);  -- bit k is high at local clock k + 1
  signal px_0 : signed(3 downto 0);
  signal py_0 : signed(3 downto 0);
  signal px_1 : signed(3 downto 0);
  signal py_1 : signed(3 downto 0);
  signal lane_0_p : std_logic_vector(7 downto 0);
  signal lane_0_length2 : std_logic_vector(8 downto 0);
  signal lane_1_p : std_logic_vector(7 downto 0);
  signal lane_1_length2 : std_logic_vector(8 downto 0);
  signal v6 : unsigned(8 downto 0);
  signal v7 : unsigned(8 downto 0);
  signal total_1 : unsigned(9 downto 0);
  signal v9 : unsigned(9 downto 0);
begin
  px_0 <= signed(tokens(3 downto 0));  -- <4,4> @0 x2
  py_0 <= signed(tokens(7 downto 4));  -- <4,4> @0 x2
  px_1 <= signed(tokens(11 downto 8));  -- <4,4> @0 x2
  py_1 <= signed(tokens(15 downto 12));  -- <4,4> @0 x2
  lane_0_p <= std_logic_vector(py_0) & std_logic_vector(px_0);
  lane_0_u : entity work.token
    port map (
      clk => clk,
      start => start,
      p => lane_0_p,
      length2 => lane_0_length2
    );  -- local clock 0 is clock 0 here
  lane_1_p <= std_logic_vector(py_1) & std_logic_vector(px_1);
  lane_1_u : entity work.token
    port map (
      clk => clk,
      start => start,
      p => lane_1_p,
      length2 => lane_1_length2
    );  -- local clock 0 is clock 0 here
  v6 <= unsigned(lane_0_length2);  -- u<9,9> @3
  v7 <= unsigned(lane_1_length2);  -- u<9,9> @3
  total_1 <= resize(v6, 10) + resize(v7, 10);  -- u<10,10> @3 total
  total <= std_logic_vector(v9);
  done <= delayed_start(3);

  registers : process (clk)
  begin
    if rising_edge(clk) then
      delayed_start <= delayed_start(2 downto 0) & start;
      v9 <= total_1;  -- u<10,10> @4
    end if;
  end process;
end architecture;
