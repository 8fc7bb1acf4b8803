"""Which addresses messages may be posted to, and how little of one is shown afterwards."""

import pytest

from accounts.channel import LONGEST_ADDRESS, checked_address, host_of
from accounts.refusals import ChannelAddressRefused

ROBOT = "https://hook.example.com/cgi-bin/send?key=693axxx6-7aoc"


def refused(address: str, *, production: bool) -> str:
    with pytest.raises(ChannelAddressRefused) as caught:
        checked_address(address, production=production)
    assert caught.value.field == "/address"
    assert "请" in caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize(
    "address",
    [
        ROBOT,
        "https://hook.example.com",
        "https://hook.example.com:8443/in",
        "https://xn--fiqs8s.example/in#a",
        "https://8.8.8.8/in",
        "https://[2606:4700::1111]/in",
        "HTTPS://HOOK.EXAMPLE.COM./in",
    ],
)
def test_an_encrypted_public_address_is_taken_as_it_is(address: str, production: bool) -> None:
    assert checked_address(f" {address}\n", production=production) == address


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "为空"),
        ("ftp://hook.example.com/in", "https:// 开头"),
        ("file:///etc/passwd", "不完整"),
        ("javascript:alert(1)", "不完整"),
        ("hook.example.com/in", "不完整"),
        ("https://", "不完整"),
        ("https:///in", "不完整"),
        ("https://hook.example.com:0/in", "端口有误"),
        ("https://hook.example.com:99999/in", "端口有误"),
        ("https://[::1/in", "不完整"),
        ("https://user:pass@hook.example.com/in", "用户名或密码"),
        ("https://user@hook.example.com/in", "用户名或密码"),
        ("https://@hook.example.com/in", "用户名或密码"),
        ("http://hook.example.com/in", "https:// 开头"),
        ("http://localhost.example.com/in", "https:// 开头"),
        ("https://hook.example.com\\@10.0.0.7/in", "空格、中文等"),
        ("https://hook.example.com/a b", "空格、中文等"),
        ("https://hook.example.com/a\r\nHost: x", "空格、中文等"),
        ("https://hook.example.com/a\0b", "空格、中文等"),
        ("https://民政.example/in", "空格、中文等"),
        ("https://hook.example.com%00.evil/in", "主机名"),
        ("https://a..b/in", "主机名"),
    ],
)
def test_what_is_no_encrypted_address_is_refused_everywhere(address: str, said: str, production: bool) -> None:
    assert said in refused(address, production=production)


def test_a_url_has_at_most_five_hundred_characters() -> None:
    longest = ROBOT + "x" * (LONGEST_ADDRESS - len(ROBOT))
    assert checked_address(longest, production=True) == longest
    assert "500" in refused(longest + "x", production=True)


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]", "127.1"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_for_trying_out_and_never_for_production(host: str, scheme: str) -> None:
    address = f"{scheme}://{host}:8080/in"
    assert checked_address(address, production=False) == address
    assert "本机" in refused(address, production=True)


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "10.1",
        "167838211",
        "0xa010203",
        "0300.0250.1.1",
        "192.168.1.1.",
        "[fe80::1]",
        "[fd00::1]",
        "[::]",
        "[ff02::1]",
        "[::ffff:10.1.2.3]",
        "[2002:a01:203::1]",
    ],
)
def test_in_production_no_address_by_number_within_a_network_is_posted_to(host: str) -> None:
    address = f"https://{host}/in"
    assert "内网" in refused(address, production=True)
    assert checked_address(address, production=False) == address


def test_of_an_address_only_the_host_is_shown() -> None:
    assert host_of(ROBOT) == "hook.example.com"
    assert host_of("https://[2606:4700::1111]:8443/in?key=1") == "2606:4700::1111"
