-- Module weights: squares times weights
-- An event may start every 3 clocks. Written by Trigstone 0.1.0.
-- Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
-- right, xN: a new one in each of N clocks, held: the same until the next event.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity weights is
  port (
    clk : in std_logic;
    start : in std_logic;  -- high at local clock 0 of an event
    x : in std_logic_vector(2 downto 0);  -- 1 of <3,3>
    soon : out std_logic_vector(6 downto 0);  -- 1 of <7,6>
    late : out std_logic_vector(7 downto 0);  -- 1 of <8,7>
    done : out std_logic
  );
end entity;

architecture rtl of weights is
  signal delayed_start : std_logic_vector(40 downto 0);  -- bit k is high at local clock k + 1
  signal phase_1_next : unsigned(1 downto 0);
  signal phase_1 : unsigned(1 downto 0);
  signal tick : unsigned(5 downto 0) := (others => '0');  -- where delay lines write
  signal x_1 : signed(2 downto 0);
  signal square : unsigned(3 downto 0);
  signal weight : signed(3 downto 0);
  signal v3 : unsigned(3 downto 0);
  signal product : signed(6 downto 0);
  signal v5_line : unsigned(34 downto 0);
  signal v5 : signed(6 downto 0);
  signal v6_from : unsigned(5 downto 0);
  type v6_line_type is array (0 to 63) of signed(6 downto 0);
  signal v6_line : v6_line_type;
  signal v6 : signed(6 downto 0);
begin
  phase_1 <= to_unsigned(0, 2) when delayed_start(0) = '1' else phase_1_next;  -- local clock - 1
  x_1 <= signed(x);  -- <3,3> @0 x3 x
  square <= unsigned(work.square_table.value_at(unsigned(x_1)));  -- u<4,4> @0 x3
  weight <= signed(work.weight_table.value_at(phase_1));  -- <4,3> @1 x3
  product <= resize(signed(resize(v3, 5)) * weight, 7);  -- <7,6> @1 x3
  v5 <= signed(v5_line(34 downto 28));  -- <7,6> @6 x3
  v6_from <= tick - to_unsigned(39, 6);
  soon <= std_logic_vector(v5);
  late <= std_logic_vector(resize(v6, 8));
  done <= delayed_start(40);

  registers : process (clk)
  begin
    if rising_edge(clk) then
      delayed_start <= delayed_start(39 downto 0) & start;
      phase_1_next <= to_unsigned(2, 2) when phase_1 = to_unsigned(2, 2) else phase_1 + to_unsigned(1, 2);
      tick <= tick + to_unsigned(1, 6);
      v3 <= square;  -- u<4,4> @1 x3
      v5_line <= v5_line(27 downto 0) & unsigned(product);  -- 5 clocks
      v6_line(to_integer(tick)) <= product;  -- 40 clocks
      v6 <= v6_line(to_integer(v6_from));  -- <7,6> @41 x3
    end if;
  end process;
end architecture;
