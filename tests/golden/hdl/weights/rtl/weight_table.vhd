-- 4 entries of 4 bits; the index is read as a bit pattern.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package weight_table is
  function value_at(index : unsigned(1 downto 0)) return std_logic_vector;
end package;

package body weight_table is
  type table_type is array (0 to 3) of std_logic_vector(3 downto 0);
  constant entries : table_type := ("0101", "1101", "0111", "0111");

  function value_at(index : unsigned(1 downto 0)) return std_logic_vector is
  begin
    if is_x(index) then
      return (3 downto 0 => 'X');
    end if;
    return entries(to_integer(index));
  end function;
end package body;
