-- Signs what comes with the request fields below; the DKIM-Signature field's value is an option of the symbol, in base64.
local util = require "rspamd_util"

local function sign(task)
  local function word(name)
    local value = task:get_request_header(name)
    return value and tostring(value)
  end
  if not word("Sign-Selector") then return end
  local signed, value = rspamd_plugins.dkim.sign(task, {
    domain = word("Sign-Domain"),
    selector = word("Sign-Selector"),
    key = word("Sign-Key"),
    headers = word("Sign-Headers"),
    expire = tonumber(word("Sign-Expire")),
    no_cache = true,
  })
  if signed then task:insert_result("CHANCERY_SIGNED", 1.0, tostring(util.encode_base64(value))) end
end

local id = rspamd_config:register_symbol({ name = "CHANCERY_SIGN", type = "normal", callback = sign })
rspamd_config:register_symbol({ name = "CHANCERY_SIGNED", type = "virtual", parent = id })
