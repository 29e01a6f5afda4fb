function form() { return document.getElementById('pato') || document.getElementById('tran'); }
function go(changes) {
    var f = form();
    for (var name in changes) { f[name].value = changes[name]; }
    f.submit();
}
function zl_fy(n) { go({pageNow: n}); }
function zl_tz(last) {
    var n = parseInt(document.getElementById('pn').value, 10);
    if (n >= 1 && n <= last) { zl_fy(n); }
}
function zl_ts(size, first) {
    var n = parseInt(document.getElementById('ts').value, 10);
    go({pageSize: n, pageNow: Math.floor((first - 1) / n) + 1});
}
function zl_lx(source) { go({strSources: source, pageNow: 1}); }
function zl_px(method) { go({numSortMethod: method, pageNow: 1}); }
function zl_gb() { go({pageNow: 1}); }
function zl_lb() { alert('本站只有公布模式'); }
function zl_ft() { zl_lb(); }
function pam3() { alert('本站没有说明书全文'); }
function sw_xx(number) {
    var f = document.getElementById('prsd');
    f.an.value = number;
    f.submit();
}
function between() {
    var day = function (id) { return "'" + document.getElementById(id).value + "'"; };
    return 'BETWEEN[' + day('from') + ',' + day('until') + ']';
}
function patrq() {
    go({strSources: document.getElementById('lx').value, strWhere: 'OPD=' + between()});
}
function swrq() { go({strType: document.getElementById('lx').value, strDate: between()}); }
function patqs() {
    var text = document.getElementById('soso_text').value;
    var box = document.querySelector('input[name=lx]:checked');
    go({strSources: 'p' + (box ? box.value : 'ip'), strWhere: "TI='%" + text + "%'", pageNow: 1});
}
document.addEventListener('click', function (event) {
    var link = event.target.closest('.zhankai, .zhankaizt, .zhankaizy');
    if (!link) { return; }
    var rest = link.className === 'zhankaizy' ? link.previousElementSibling
                                              : link.nextElementSibling;
    rest.style.display = rest.style.display === 'none' ? '' : 'none';
});
