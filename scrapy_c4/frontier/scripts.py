"""What happens in one step inside Redis (5 or newer). What others have written there must not stop a crawl.

Keys: ``queue`` is the sorted set of scrapy-redis. ``leases`` is a hash of each worker, lease id → "score request".
``workers`` is a sorted set, worker → when it counts as gone unless it is heard of again, in seconds of Redis's clock.
``returns`` is a hash, digest of a request → how often a lost worker had it; ``aside`` a list of what nobody will crawl.
"""

from __future__ import annotations

_NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""

#: KEYS queue leases workers; ARGV worker, seconds, "", ids of finished leases…
KEEP = (
    _NOW
    + """
redis.call('ZADD', KEYS[3], now + ARGV[2], ARGV[1])
for n = 4, #ARGV do redis.call('HDEL', KEYS[2], ARGV[n]) end
"""
)

#: KEYS queue leases workers; ARGV worker, seconds, id of the new lease, ids of finished leases… → request or nil.
#: Asked twice with one id, because an answer was lost on its way, it gives the same request.
POP = (
    KEEP
    + """
local held = redis.call('HGET', KEYS[2], ARGV[3])
if held then return string.sub(held, string.find(held, ' ', 1, true) + 1) end
local best = redis.call('ZPOPMIN', KEYS[1])
if #best == 0 then return nil end
redis.call('HSET', KEYS[2], ARGV[3], best[2] .. ' ' .. best[1])
return best[1]
"""
)

#: KEYS queue seen; ARGV fingerprint, score, request → 1, or 0 when the fingerprint was there.
PUSH_NEW = """
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
return 1
"""

#: KEYS queue workers; ARGV what the keys of leases begin with → requests that wait or are leased.
COUNT = """
local count = redis.call('ZCARD', KEYS[1])
for _, worker in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local leases = redis.pcall('HLEN', ARGV[1] .. worker)
    if type(leases) == 'number' then count = count + leases end
end
return count
"""

#: KEYS queue leases workers returns aside; ARGV worker, returns allowed (0: it leaves by itself, no matter when)
#: → {given back, set aside}
GIVE_BACK = (
    _NOW
    + """
local allowed = tonumber(ARGV[2])
local till = redis.call('ZSCORE', KEYS[3], ARGV[1])
if allowed > 0 and till and tonumber(till) > now then return {0, 0} end
local given, aside = 0, 0
for n, held in ipairs(redis.pcall('HVALS', KEYS[2])) do
    local space = string.find(held, ' ', 1, true) or 0
    local request = string.sub(held, space + 1)
    local score = tonumber(string.sub(held, 1, math.max(space - 1, 0)))
    local returns = 0
    if allowed > 0 then returns = redis.pcall('HINCRBY', KEYS[4], redis.sha1hex(request), 1) end
    if type(returns) ~= 'number' then returns = 0 end
    -- a score that is no number, or the number that equals none
    if not score or score ~= score or returns > allowed then
        redis.call('RPUSH', KEYS[5], request)
        aside = aside + 1
    else
        redis.call('ZADD', KEYS[1], score, request)
        given = given + 1
    end
end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return {given, aside}
"""
)

#: KEYS workers; ARGV worker → how many others are alive
OTHERS = (
    _NOW
    + """
local alive = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
local count = #alive
for _, worker in ipairs(alive) do if worker == ARGV[1] then count = count - 1 end end
return count
"""
)

#: KEYS workers; ARGV how many at most → workers that are gone
GONE = _NOW + "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])"
