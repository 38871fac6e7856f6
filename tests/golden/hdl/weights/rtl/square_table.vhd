-- 8 entries of 4 bits; the index is read as a bit pattern.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package square_table is
  function value_at(index : unsigned(2 downto 0)) return std_logic_vector;
end package;

package body square_table is
  type table_type is array (0 to 7) of std_logic_vector(3 downto 0);
  constant entries : table_type := ("0000", "0001", "0100", "1001", "1001", "1001", "0100", "0001");

  function value_at(index : unsigned(2 downto 0)) return std_logic_vector is
  begin
    if is_x(index) then
      return (3 downto 0 => 'X');
    end if;
    return entries(to_integer(index));
  end function;
end package body;
